using Polydev.Broker.Audit;

namespace Polydev.Broker.SignIn;

/// <summary>One browser that is signed in, as it is stored: never its secret, only the hash.</summary>
public sealed record Session
{
    public required string Id { get; init; }

    public required string AccountId { get; init; }

    /// <summary>SHA-256, 32 bytes.</summary>
    public required byte[] SecretHash { get; init; }

    /// <summary>What the browser says it is, made plain.</summary>
    public required string Browser { get; init; }

    /// <summary>Where it signed in from.</summary>
    public required string Address { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>To five minutes.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Null while nobody has signed out.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public bool IsGoodAt(DateTimeOffset now) => EndedAt is null && ExpiresAt > now;
}

/// <summary>Keeps sessions.</summary>
internal interface ISessionStore
{
    /// <summary>Forgets those that expired before the new one began. Nothing without such an account, or where that is leaving.</summary>
    Task CreateAsync(Session session, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Ended and expired ones too.</summary>
    Task<Session?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>The account's that are good, newest first.</summary>
    Task<IReadOnlyList<Session>> ListAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken);

    Task NoteSeenAsync(string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>False where the account has none of that id that has not ended.</summary>
    Task<bool> EndAsync(string accountId, string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Ends all of the account's, in one statement; how many.</summary>
    Task<int> EndAllAsync(string accountId, AuditEntry entry, CancellationToken cancellationToken);
}
