using Polydev.Broker.Audit;

namespace Polydev.Broker.Accounts;

/// <summary>Keeps accounts. Ids and names are unique, each among themselves. One that is being deleted is none.</summary>
internal interface IAccountStore
{
    /// <summary>False, and nothing changed, where its id or its name is taken.</summary>
    Task<bool> CreateAsync(Account account, CancellationToken cancellationToken);

    Task<Account?> FindAsync(string id, CancellationToken cancellationToken);

    Task<Account?> FindByNameAsync(string name, CancellationToken cancellationToken);

    /// <summary>Oldest first.</summary>
    Task<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken);

    /// <summary>False where there is no such account.</summary>
    Task<bool> SetTierAsync(string id, AccountTier tier, AuditEntry entry, CancellationToken cancellationToken);
}
