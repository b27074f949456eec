using Polydev.Protos.V1;

namespace Polydev.Broker.Presence;

/// <summary>
/// What is online, as data: machines, their CLIs and models. Read by router, model lists, status and page; a cluster of brokers later
/// answers it from elsewhere, so it is asynchronous.
/// </summary>
internal interface ITunnelDirectory
{
    /// <summary>The account's tunnels at this moment.</summary>
    ValueTask<AccountTunnels> FindAsync(string accountId, CancellationToken cancellationToken);

    /// <summary>Ends at the next change of the account's tunnels after <paramref name="seen"/> was read.</summary>
    Task WaitForChangeAsync(AccountTunnels seen, CancellationToken cancellationToken);

    /// <summary>Over all accounts: for the page that needs no key.</summary>
    ValueTask<DirectorySummary> SummarizeAsync(CancellationToken cancellationToken);
}

/// <summary>An account's tunnels at one moment.</summary>
public sealed record AccountTunnels
{
    public required string AccountId { get; init; }

    /// <summary>Rises with each change; tells one moment from another.</summary>
    public required long Version { get; init; }

    /// <summary>Those connected, the oldest first; those that drain take no new work.</summary>
    public required IReadOnlyList<OnlineTunnel> Online { get; init; }

    /// <summary>A tunnel is expected within seconds: one drains or has just left, or this broker has only just started.</summary>
    public required bool IsAwaited { get; init; }

    /// <summary>The CLIs of the awaited tunnels that were here before, as they were last told.</summary>
    public required IReadOnlyList<CliInfo> Returning { get; init; }

    /// <summary>This broker stops: what is awaited comes back to its successor, not here.</summary>
    public required bool IsClosing { get; init; }

    /// <summary>The CLIs of tunnels that were here and are not now, as they were last told.</summary>
    public required IReadOnlyList<CliInfo> Departed { get; init; }

    /// <summary>The tunnels that were here and are not now, one by one, as they left; the latest last.</summary>
    public IReadOnlyList<DepartedTunnel> Left { get; init; } = [];
}

/// <summary>A tunnel that was here, as it was last known.</summary>
/// <param name="TokenId">The machine: the id of its tunnel token.</param>
/// <param name="IsAwaited">It broke off just now, and is expected back within seconds.</param>
/// <param name="Clis">Not to be altered.</param>
public sealed record DepartedTunnel(string TokenId, string Version, DateTimeOffset LeftAt, bool IsAwaited, IReadOnlyList<CliInfo> Clis);

/// <summary>One connected tunnel at one moment.</summary>
/// <param name="SessionId">Of this connection; what a route names.</param>
/// <param name="TunnelId">The same over the reconnections of one tunnel process.</param>
/// <param name="InFlight">Items that it works on.</param>
/// <param name="Clis">Shared with the connection: not to be altered.</param>
public sealed record OnlineTunnel(
    string SessionId,
    string TunnelId,
    string MachineName,
    string Version,
    DateTimeOffset ConnectedSince,
    bool IsDraining,
    int InFlight,
    IReadOnlyList<CliInfo> Clis)
{
    /// <summary>The machine: the id of its tunnel token.</summary>
    public required string TokenId { get; init; }

    /// <summary>Calls that it works on at once; those beyond wait there. Null: the tunnel is of a version that does not say.</summary>
    public int? Slots { get; init; }

    /// <summary>It goes by what its owner sets in the dashboard; one of an older version does not.</summary>
    public bool TakesRules { get; init; }

    /// <summary>It holds responses for callers who come back; one of an older version does not.</summary>
    public bool Stores { get; init; }

    /// <summary>Null where it is not known how many there are.</summary>
    public int? SlotsInUse => Slots is { } all ? Math.Min(all, InFlight) : null;
}

/// <param name="Tunnels">Machines connected.</param>
/// <param name="InFlight">Calls that run.</param>
public sealed record DirectorySummary(int Tunnels, int InFlight);
