using System.Text.Json.Nodes;

namespace Polydev.Broker.AccountData;

/// <summary>Everything that is kept of one account, in whatever tables: to be handed to its owner, or to be deleted.</summary>
internal interface IAccountDataStore
{
    /// <summary>
    /// All rows of the account, in pages below, so that a slow reader holds nothing up. The hashes of secrets are left out; what is added
    /// meanwhile may be there or not. Nothing where there is no such account.
    /// </summary>
    IAsyncEnumerable<ExportedRow> ExportAsync(string accountId, CancellationToken cancellationToken);

    /// <summary>
    /// From now on the account is none: its name is free, its credentials are revoked, its sessions ended, its links used up. In one
    /// transaction.
    /// </summary>
    /// <returns>The credentials that were good until now; null where there is no such account, or it was leaving before.</returns>
    Task<IReadOnlyList<string>?> LeaveAsync(string accountId, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Accounts whose deletion has begun and is not over.</summary>
    Task<IReadOnlyList<LeavingAccount>> ListLeavingAsync(CancellationToken cancellationToken);

    /// <summary>Deletes at most so many rows of a leaving account, all but its own.</summary>
    /// <returns>How many it deleted; fewer than it may: there were no more.</returns>
    Task<int> DeleteRowsAsync(string accountId, int most, CancellationToken cancellationToken);

    /// <summary>Deletes the row of a leaving account of which there are no others.</summary>
    Task DeleteAccountAsync(string accountId, CancellationToken cancellationToken);
}

/// <summary>One row, fit to be written as JSON: names in snake case, times by RFC 3339.</summary>
/// <param name="Kind">What it is: <c>account</c>, <c>api_key</c>, <c>machine</c>, <c>call</c> and others.</param>
internal sealed record ExportedRow(string Kind, JsonObject Values);

internal sealed record LeavingAccount(string Id, DateTimeOffset Since);
