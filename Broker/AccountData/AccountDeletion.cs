using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.AccountData;

/// <summary>Deletes an account with everything that is kept of it.</summary>
internal sealed partial class AccountDeletion(
    IAccountDataStore store, Revocations revocations, TimeProvider time, ILogger<AccountDeletion> logger)
{
    /// <summary>
    /// Once this returns nobody can do anything with the account: its keys, tokens and sessions are good no longer, its calls and tunnels
    /// end as by a revocation. Its rows then go in small steps (<see cref="AccountRemoval"/>), its audit trail with them.
    /// </summary>
    /// <returns>False where there is no such account.</returns>
    /// <exception cref="RefusedChangeException">It is the owner's, without which a self-hosted broker is none's.</exception>
    public async Task<bool> DeleteAsync(string accountId, Actor actor, CancellationToken cancellationToken)
    {
        if (accountId == Account.OwnerId)
        {
            throw new RefusedChangeException("The owner's account cannot be deleted. Delete the broker's data folder instead.");
        }

        if (await store.LeaveAsync(accountId, time.GetUtcNow(), cancellationToken) is not { } revoked)
        {
            return false;
        }

        // All of them, whatever a callback throws.
        Leaving(logger, accountId, actor.Kind);
        await Task.WhenAll(revoked.Select(revocations.AnnounceAsync));
        return true;
    }

    [LoggerMessage(EventId = 2701, EventName = "AccountLeaves", Level = LogLevel.Information,
        Message = "Account {AccountId} is being deleted, as its owner asked by {Actor}.")]
    private static partial void Leaving(ILogger logger, string accountId, ActorKind actor);
}
