namespace Polydev.Broker.SignIn;

/// <summary>A one-time sign-in link as it is stored: never its secret, only the hash.</summary>
internal sealed record SignInLink
{
    /// <summary>The public part of the link's secret.</summary>
    public required string Id { get; init; }

    /// <summary>Whom it signs in.</summary>
    public required string AccountId { get; init; }

    /// <summary>SHA-256, 32 bytes.</summary>
    public required byte[] SecretHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Null until it has signed somebody in.</summary>
    public DateTimeOffset? UsedAt { get; init; }

    public SignInLinkState StateAt(DateTimeOffset now) =>
        UsedAt is not null ? SignInLinkState.Used : ExpiresAt <= now ? SignInLinkState.Expired : SignInLinkState.Good;
}

public enum SignInLinkState
{
    Good,
    Used,
    Expired,

    /// <summary>Never given out, or forgotten long ago.</summary>
    Unknown,
}

/// <summary>Keeps links.</summary>
internal interface ISignInLinkStore
{
    /// <summary>The account must exist. Forgets those that ended a day before the new one was made.</summary>
    Task CreateAsync(SignInLink link, CancellationToken cancellationToken);

    /// <summary>Used and expired ones too, for a day.</summary>
    Task<SignInLink?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Of any number of callers at once exactly one is told true, and none once it has expired.</summary>
    Task<bool> UseAsync(string id, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Where the broker on this database is reached by a browser: <c>account link</c> runs beside it, and asks here.</summary>
    Task TellSiteAsync(Uri site, CancellationToken cancellationToken);

    /// <summary>Null where no broker has served yet.</summary>
    Task<Uri?> FindSiteAsync(CancellationToken cancellationToken);
}
