using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.ApiKeys;

/// <summary>
/// What an account's people do with their API keys. Another account's id is none: null, or false, and nothing changes. What is changed
/// stands in the audit trail.
/// </summary>
internal sealed class ApiKeyDirectory(
    IApiKeyStore keys, IAccountStore accounts, CredentialIssuer issuer, TierOptions tiers, TimeProvider time)
{
    /// <summary>Good ones of an account.</summary>
    public const int Most = 200;

    private const string OldSecretIsGood =
        "The key was rotated, and its old secret is still good: it may be in use. End the old secret, then rotate again.";

    private const string JustRotated = "The key has just been rotated by somebody else. Look at it again.";

    /// <summary>Revoked ones too, oldest first.</summary>
    public Task<IReadOnlyList<ApiKey>> ListAsync(string accountId, CancellationToken cancellationToken) =>
        keys.ListAsync(accountId, time.GetUtcNow(), cancellationToken);

    public Task<ApiKey?> FindAsync(string accountId, string id, CancellationToken cancellationToken) =>
        keys.FindAsync(accountId, id, time.GetUtcNow(), cancellationToken);

    /// <summary>The secret is shown this once. Null where there is no such account.</summary>
    /// <exception cref="RefusedChangeException">The name or a limit cannot be so, or the account has as many keys as it may.</exception>
    public async Task<IssuedCredential?> CreateAsync(
        string accountId, string? name, KeyLimits limits, Actor actor, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(accountId, cancellationToken) is not { } account)
        {
            return null;
        }

        return await IssueAsync(account, id: null, name, limits, actor, cancellationToken) ?? throw Full();
    }

    /// <summary>
    /// As <see cref="CreateAsync"/>, once for a draft. Null where it has made its key before, or there is no such account.
    /// </summary>
    /// <param name="draft">See <see cref="FormDraft"/>.</param>
    /// <exception cref="RefusedChangeException">The name or a limit cannot be so, or the account has as many keys as it may.</exception>
    public async Task<IssuedCredential?> CreateOnceAsync(
        string draft, string accountId, string? name, KeyLimits limits, Actor actor, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(accountId, cancellationToken) is not { } account)
        {
            return null;
        }

        var id = FormDraft.IdOf(CredentialKind.ApiKey, accountId, draft);
        var issued = await IssueAsync(account, id, name, limits, actor, cancellationToken);
        return issued is null && await FindAsync(accountId, id, cancellationToken) is null ? throw Full() : issued;
    }

    /// <summary>Name and limits at once, as a page shows them: what is as it was is not written. False as for the single changes.</summary>
    /// <exception cref="RefusedChangeException">The name or a limit cannot be so; then nothing is changed.</exception>
    public async Task<bool> ChangeAsync(
        string accountId, string id, string? name, KeyLimits limits, Actor actor, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(accountId, cancellationToken) is not { } account
            || await FindAsync(accountId, id, cancellationToken) is not { Credential: { RevokedAt: null } key })
        {
            return false;
        }

        var named = Check(account, name, limits);
        return (named == key.Name || await RenameAsync(accountId, id, named, actor, cancellationToken))
            && (limits == new KeyLimits(key.PerHour, key.PerDay, key.PerMonth)
                || await issuer.SetLimitsAsync(accountId, id, limits, actor, cancellationToken));
    }

    /// <summary>False where the account has no such key that is not revoked.</summary>
    /// <exception cref="RefusedChangeException">The name cannot be so.</exception>
    public Task<bool> RenameAsync(string accountId, string id, string? name, Actor actor, CancellationToken cancellationToken) =>
        issuer.RenameAsync(CredentialKind.ApiKey, accountId, id, CredentialName.Read(name), actor, cancellationToken);

    /// <summary>Binds from the next call on. False where the account has no such key that is not revoked.</summary>
    /// <exception cref="RefusedChangeException">A limit cannot be so.</exception>
    public async Task<bool> SetLimitsAsync(
        string accountId, string id, KeyLimits limits, Actor actor, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(accountId, cancellationToken) is not { } account)
        {
            return false;
        }

        ThrowIfAny([.. ProblemsOf(limits, account.Tier)]);
        return await issuer.SetLimitsAsync(accountId, id, limits, actor, cancellationToken);
    }

    /// <summary>Its running calls end too. False where the account has no such key that is not revoked.</summary>
    public Task<bool> RevokeAsync(string accountId, string id, Actor actor, CancellationToken cancellationToken) =>
        issuer.RevokeAsync(CredentialKind.ApiKey, accountId, id, actor, cancellationToken);

    /// <summary>
    /// A new secret, shown this once; both share the counters. Calls that run go on. Null where the account has no such key that is good.
    /// </summary>
    /// <exception cref="RefusedChangeException">Its old secret is still good, or somebody else has rotated it at the same time.</exception>
    public async Task<IssuedCredential?> RotateAsync(
        string accountId, string id, OldSecretLife life, Actor actor, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await keys.FindAsync(accountId, id, now, cancellationToken) is not { } key || !key.IsGoodAt(now))
        {
            return null;
        }

        return key.OldSecret is null
            ? await issuer.RotateAsync(key.Credential, TimeOf(life), actor, cancellationToken)
                ?? throw new RefusedChangeException(JustRotated)
            : throw new RefusedChangeException(OldSecretIsGood);
    }

    /// <summary>False where the account has no such key with an old secret that is good.</summary>
    public Task<bool> EndOldSecretAsync(string accountId, string id, Actor actor, CancellationToken cancellationToken) =>
        issuer.EndOldSecretAsync(accountId, id, actor, cancellationToken);

    private Task<IssuedCredential?> IssueAsync(
        Account account, string? id, string? name, KeyLimits limits, Actor actor, CancellationToken cancellationToken)
    {
        var request = new CredentialRequest
        {
            Kind = CredentialKind.ApiKey,
            AccountId = account.Id,
            Name = Check(account, name, limits),
            Id = id,
            Limits = limits,
        };
        return issuer.IssueAsync(request, Most, actor, cancellationToken);
    }

    // All that is wrong is told at once; the name, as it is kept.
    private string Check(Account account, string? name, KeyLimits limits)
    {
        var named = CredentialName.TryRead(name);
        ThrowIfAny(
        [
            .. named is null ? [new FieldProblem(ChangeFields.Name, CredentialName.Problem)] : Array.Empty<FieldProblem>(),
            .. ProblemsOf(limits, account.Tier),
        ]);
        return named!;
    }

    private static RefusedChangeException Full() => new($"The account has its {Most} keys. Revoke one first.");

    private static TimeSpan TimeOf(OldSecretLife life) => life switch
    {
        OldSecretLife.None => TimeSpan.Zero,
        OldSecretLife.OneDay => TimeSpan.FromDays(1),
        OldSecretLife.SevenDays => TimeSpan.FromDays(7),
        _ => throw new ArgumentOutOfRangeException(nameof(life), life, null),
    };

    private static void ThrowIfAny(IReadOnlyList<FieldProblem> problems)
    {
        if (problems.Count > 0)
        {
            throw new RefusedChangeException(problems);
        }
    }

    private IEnumerable<FieldProblem> ProblemsOf(KeyLimits limits, AccountTier tier)
    {
        var allowed = tiers.Of(tier);
        return new[]
        {
            ProblemOf(limits.PerHour, allowed.Limit(QuotaWindowKind.Hour), ChangeFields.PerHour, "an hour"),
            ProblemOf(limits.PerDay, allowed.Limit(QuotaWindowKind.Day), ChangeFields.PerDay, "a day"),
            ProblemOf(limits.PerMonth, allowed.Limit(QuotaWindowKind.Month), ChangeFields.PerMonth, "a month"),
        }.OfType<FieldProblem>();
    }

    private static FieldProblem? ProblemOf(int? wanted, int? most, string field, string window) => wanted switch
    {
        < 1 => new FieldProblem(field, "A whole number from 1."),
        _ when wanted > most => new FieldProblem(field, $"Up to {most} {window}.") { Most = most },
        _ => null,
    };
}

/// <summary>How long the secret before stays good after a rotation.</summary>
public enum OldSecretLife
{
    /// <summary>Not any more: for one that has leaked.</summary>
    None,
    OneDay,
    SevenDays,
}

internal static class ApiKeysServices
{
    /// <summary>Needs the stores, keys, accounts and quotas.</summary>
    public static IServiceCollection AddApiKeys(this IServiceCollection services) => services.AddSingleton<ApiKeyDirectory>();
}
