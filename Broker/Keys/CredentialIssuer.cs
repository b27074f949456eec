using Polydev.Broker.Audit;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>
/// Gives credentials out and takes them back. What is done for an account's people names who does it and stands in the audit trail; the
/// rest is the broker's own.
/// </summary>
internal sealed class CredentialIssuer(ICredentialStore store, Revocations revocations, TimeProvider time)
{
    /// <summary>The broker's own.</summary>
    public async Task<IssuedCredential> IssueAsync(CredentialRequest request, CancellationToken cancellationToken)
    {
        var issued = Make(request);
        await store.CreateAsync(new StoredCredential(issued.Credential, issued.Secret.Hash()), cancellationToken);
        return issued;
    }

    /// <summary>Null where the account has <paramref name="most"/> good ones of the kind, or is none, or the id is taken.</summary>
    public async Task<IssuedCredential?> IssueAsync(CredentialRequest request, int most, Actor actor, CancellationToken cancellationToken)
    {
        var issued = Make(request);
        var entry = Entry(issued.Credential, request.Kind.Created(), actor);
        return await store.CreateAsync(new StoredCredential(issued.Credential, issued.Secret.Hash()), most, entry, cancellationToken)
            ? issued
            : null;
    }

    /// <summary>Good for so long from now on. False where it was revoked meanwhile.</summary>
    public Task<bool> ExtendAsync(CredentialKind kind, string id, TimeSpan lifetime, CancellationToken cancellationToken) =>
        store.ExtendAsync(kind, id, time.GetUtcNow() + lifetime, cancellationToken);

    /// <summary>False where the account has none of that id that is not revoked.</summary>
    public async Task<bool> RenameAsync(
        CredentialKind kind, string accountId, string id, string name, Actor actor, CancellationToken cancellationToken) =>
        await FindAsync(kind, accountId, id, cancellationToken) is { } found
        && await store.RenameAsync(
            kind, accountId, id, name, Entry(found.Credential, kind.Renamed(), actor) with { Detail = name }, cancellationToken);

    /// <summary>The broker's own. Ends its running streams too. False where there is none, or where it was revoked before.</summary>
    public async Task<bool> RevokeAsync(CredentialKind kind, string id, CancellationToken cancellationToken) =>
        await AnnounceAsync(id, await store.RevokeAsync(kind, id, time.GetUtcNow(), cancellationToken));

    /// <summary>Ends its running streams too. False where the account has none of that id that is not revoked.</summary>
    public async Task<bool> RevokeAsync(
        CredentialKind kind, string accountId, string id, Actor actor, CancellationToken cancellationToken) =>
        await FindAsync(kind, accountId, id, cancellationToken) is { } found
        && await AnnounceAsync(
            id, await store.RevokeAsync(kind, accountId, id, Entry(found.Credential, kind.Revoked(), actor), cancellationToken));

    /// <summary>
    /// A new secret for an API key. Calls that run go on, whichever secret they came with. In this process it counts at once; another on
    /// the same database knows it after at most <see cref="CredentialCache.Lifetime"/>.
    /// </summary>
    /// <param name="seen">The key, as it was read before.</param>
    /// <param name="overlap">How long the secret before stays good.</param>
    /// <returns>Null where the key has gone, was rotated meanwhile, or has an old secret that is good.</returns>
    public async Task<IssuedCredential?> RotateAsync(
        Credential seen, TimeSpan overlap, Actor actor, CancellationToken cancellationToken)
    {
        var secret = SecretToken.Create(seen.Kind.Prefix(), seen.Id);
        var now = time.GetUtcNow();
        var rotation = new SecretRotation
        {
            AccountId = seen.AccountId,
            KeyId = seen.Id,
            SeenNumber = seen.SecretNumber,
            SecretHash = secret.Hash(),
            At = now,
            OldEndsAt = overlap > TimeSpan.Zero ? now + overlap : null,
        };
        var entry = AuditEntry.Of(seen.AccountId, AuditActions.KeyRotated, actor, now) with
        {
            SubjectId = seen.Id,
            SubjectName = seen.Name,
            Detail = rotation.OldEndsAt is { } end ? $"old secret until {end.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}" : "old secret ended",
        };
        if (!await store.RotateAsync(rotation, entry, cancellationToken))
        {
            return null;
        }

        revocations.Forget(seen.Id);
        return new IssuedCredential(seen with { SecretNumber = seen.SecretNumber + 1 }, secret);
    }

    /// <summary>False where the account has no API key of that id that has an old secret which is good. Calls that run go on.</summary>
    public async Task<bool> EndOldSecretAsync(string accountId, string keyId, Actor actor, CancellationToken cancellationToken)
    {
        if (await FindAsync(CredentialKind.ApiKey, accountId, keyId, cancellationToken) is not { } found
            || !await store.EndOldSecretAsync(
                accountId, keyId, Entry(found.Credential, AuditActions.OldSecretEnded, actor), cancellationToken))
        {
            return false;
        }

        revocations.Forget(keyId);
        return true;
    }

    /// <summary>Of an API key. False where the account has none of that id that is not revoked.</summary>
    public async Task<bool> SetLimitsAsync(
        string accountId, string keyId, KeyLimits limits, Actor actor, CancellationToken cancellationToken) =>
        await FindAsync(CredentialKind.ApiKey, accountId, keyId, cancellationToken) is { } found
        && await store.SetLimitsAsync(
            accountId,
            keyId,
            limits,
            Entry(found.Credential, AuditActions.KeyLimitsChanged, actor) with
            {
                Detail = $"hour {Words(limits.PerHour)}, day {Words(limits.PerDay)}, month {Words(limits.PerMonth)}",
            },
            cancellationToken);

    private static string Words(int? limit) => limit?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "as the tier";

    private IssuedCredential Make(CredentialRequest request)
    {
        var secret = SecretToken.Create(request.Kind.Prefix(), request.Id ?? SecretToken.NewId());
        var now = time.GetUtcNow();
        var credential = new Credential
        {
            Id = secret.Id,
            Kind = request.Kind,
            AccountId = request.AccountId,
            Name = request.Name,
            CreatedAt = now,
            ExpiresAt = now + request.Lifetime,
            PerHour = request.Limits.PerHour,
            PerDay = request.Limits.PerDay,
            PerMonth = request.Limits.PerMonth,
        };
        return new IssuedCredential(credential, secret);
    }

    // Revoked ones too: the store says that nothing has changed.
    private async Task<StoredCredential?> FindAsync(
        CredentialKind kind, string accountId, string id, CancellationToken cancellationToken) =>
        await store.FindAsync(kind, id, cancellationToken) is { } found && found.Credential.AccountId == accountId ? found : null;

    private AuditEntry Entry(Credential subject, string action, Actor actor) =>
        AuditEntry.Of(subject.AccountId, action, actor, time.GetUtcNow()) with { SubjectId = subject.Id, SubjectName = subject.Name };

    private async Task<bool> AnnounceAsync(string id, bool isRevoked)
    {
        if (isRevoked)
        {
            await revocations.AnnounceAsync(id);
        }

        return isRevoked;
    }
}

/// <summary>What somebody asks for who wants a key or a token.</summary>
internal sealed record CredentialRequest
{
    public required CredentialKind Kind { get; init; }

    public required string AccountId { get; init; }

    public required string Name { get; init; }

    /// <summary>Null: a random one. See <see cref="FormDraft"/>.</summary>
    public string? Id { get; init; }

    /// <summary>Null: for ever. Who asks for less extends it while it is needed.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>Of an API key.</summary>
    public KeyLimits Limits { get; init; }
}

/// <summary>A new credential, or a new secret of one, with the secret that is shown this once.</summary>
public sealed record IssuedCredential(Credential Credential, SecretToken Secret);
