using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.ApiKeys;

/// <summary>One API key of an account, with what its page shows.</summary>
public sealed record ApiKey
{
    /// <summary>Its own limits stand there; null is its tier's.</summary>
    public required Credential Credential { get; init; }

    public string Id => Credential.Id;

    public string Name => Credential.Name;

    /// <summary>What may be shown of the secret: prefix and id, <c>pk-7h2kq0v9m3tn</c>.</summary>
    public string Shown => Credential.Kind.Prefix() + Credential.Id;

    /// <summary>As they stand; each limit is the one that binds, the key's or the tier's.</summary>
    public required QuotaState Windows { get; init; }

    /// <summary>
    /// When the last of its calls began that has ended, whatever came of it; null: it has never been used. Written with the recorded calls,
    /// so some 250 ms behind; a model list counts for no use.
    /// </summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>It is rotating: the secret before the newest is still good. Null: it is not.</summary>
    public RotatingSecret? OldSecret { get; init; }

    public bool IsGoodAt(DateTimeOffset now) => Credential.IsGoodAt(now);
}

/// <param name="LastUsedAt">When a call last came with it, before the rotation or after; null: never.</param>
public sealed record RotatingSecret(DateTimeOffset EndsAt, DateTimeOffset? LastUsedAt);

/// <summary>Reads the keys of an account with their windows. Whoever asks names the account, and sees nothing of another.</summary>
internal interface IApiKeyStore
{
    /// <summary>In one query: revoked ones too, oldest first.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Null where the account has no such key.</summary>
    Task<ApiKey?> FindAsync(string accountId, string id, DateTimeOffset now, CancellationToken cancellationToken);
}
