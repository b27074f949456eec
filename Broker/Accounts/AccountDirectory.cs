using Microsoft.Extensions.DependencyInjection.Extensions;
using Polydev.Broker.Audit;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Accounts;

/// <summary>Opens accounts and finds them.</summary>
internal sealed class AccountDirectory(IAccountStore store, TimeProvider time)
{
    private const int IdLength = 12;

    /// <summary>The owner's account, opened on first use; safe when two processes do so at once.</summary>
    public async Task<Account> EnsureOwnerAsync(CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(Account.OwnerId, cancellationToken);
        if (found is not null)
        {
            return found;
        }

        var owner = new Account
        {
            Id = Account.OwnerId,
            Name = Account.OwnerId,
            Tier = AccountTier.Unlimited,
            CreatedAt = time.GetUtcNow(),
        };
        return await store.CreateAsync(owner, cancellationToken)
            ? owner
            : await store.FindAsync(Account.OwnerId, cancellationToken)
                ?? throw new InvalidOperationException($"Another account has the name '{Account.OwnerId}'.");
    }

    /// <summary>Null where the name is taken; the owner's always is.</summary>
    public async Task<Account?> OpenAsync(string name, AccountTier tier, CancellationToken cancellationToken)
    {
        var account = await DraftAsync(name, tier, cancellationToken);
        return await store.CreateAsync(account, cancellationToken) ? account : null;
    }

    /// <summary>A new one that is not kept yet; the owner's is by then, so that nobody takes its name.</summary>
    public async Task<Account> DraftAsync(string name, AccountTier tier, CancellationToken cancellationToken)
    {
        await EnsureOwnerAsync(cancellationToken);
        return new Account { Id = TokenAlphabet.Random(IdLength), Name = name, Tier = tier, CreatedAt = time.GetUtcNow() };
    }

    /// <summary>False where there is no such account.</summary>
    public Task<bool> SetTierAsync(string id, AccountTier tier, Actor actor, CancellationToken cancellationToken)
    {
        var entry = AuditEntry.Of(id, AuditActions.TierChanged, actor, time.GetUtcNow()) with { Detail = tier.ToName() };
        return store.SetTierAsync(id, tier, entry, cancellationToken);
    }

    /// <summary>By id, else by name; null where neither is known.</summary>
    public async Task<Account?> FindAsync(string idOrName, CancellationToken cancellationToken) =>
        await store.FindAsync(idOrName, cancellationToken) ?? await store.FindByNameAsync(idOrName, cancellationToken);
}

internal static class AccountsServices
{
    /// <summary>Needs an <see cref="IAccountStore"/>.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AccountDirectory>();
        return services;
    }
}
