using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>Gives credentials out and takes them back.</summary>
internal sealed class CredentialIssuer(ICredentialStore store, Revocations revocations, TimeProvider time)
{
    public async Task<IssuedCredential> IssueAsync(CredentialRequest request, CancellationToken cancellationToken)
    {
        var secret = SecretToken.Create(request.Kind.Prefix());
        var now = time.GetUtcNow();
        var credential = new Credential
        {
            Id = secret.Id,
            Kind = request.Kind,
            AccountId = request.AccountId,
            Name = request.Name,
            CreatedAt = now,
            ExpiresAt = now + request.Lifetime,
            PerHour = request.PerHour,
            PerDay = request.PerDay,
            PerMonth = request.PerMonth,
        };

        await store.CreateAsync(new StoredCredential(credential, secret.Hash()), cancellationToken);
        return new IssuedCredential(credential, secret);
    }

    /// <summary>Good for so long from now on. False where it was revoked meanwhile.</summary>
    public Task<bool> ExtendAsync(CredentialKind kind, string id, TimeSpan lifetime, CancellationToken cancellationToken) =>
        store.ExtendAsync(kind, id, time.GetUtcNow() + lifetime, cancellationToken);

    /// <summary>Ends its running streams too. False where there is none, or where it was revoked before.</summary>
    public async Task<bool> RevokeAsync(CredentialKind kind, string id, CancellationToken cancellationToken)
    {
        var revoked = await store.RevokeAsync(kind, id, time.GetUtcNow(), cancellationToken);
        if (revoked)
        {
            await revocations.AnnounceAsync(id);
        }

        return revoked;
    }
}

/// <summary>What somebody asks for who wants a key or a token.</summary>
internal sealed record CredentialRequest
{
    public required CredentialKind Kind { get; init; }

    public required string AccountId { get; init; }

    public required string Name { get; init; }

    /// <summary>Null: for ever. Who asks for less extends it while it is needed.</summary>
    public TimeSpan? Lifetime { get; init; }

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }
}

/// <summary>A new credential, with the secret that is shown this once.</summary>
internal sealed record IssuedCredential(Credential Credential, SecretToken Secret);
