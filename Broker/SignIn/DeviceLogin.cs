using Polydev.Broker.Audit;

namespace Polydev.Broker.SignIn;

/// <summary>One <c>polydev-mcp login</c> as it is stored: of its codes, only their hashes.</summary>
public sealed record DeviceLogin
{
    /// <summary>The public part of the device code.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256, 32 bytes.</summary>
    public required byte[] SecretHash { get; init; }

    /// <summary>See <see cref="UserCode.Hash"/>; unique.</summary>
    public required string UserCodeHash { get; init; }

    /// <summary>What the machine calls itself, and from the approval on what the person calls it.</summary>
    public required string MachineName { get; init; }

    /// <summary>Of polydev-mcp there, as it says.</summary>
    public required string ClientVersion { get; init; }

    /// <summary>Where it asks from.</summary>
    public required string Address { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DeviceLoginState State { get; init; } = DeviceLoginState.Pending;

    /// <summary>Who has approved or denied it; null while nobody has.</summary>
    public string? AccountId { get; init; }
}

/// <summary>The numbers are stored.</summary>
public enum DeviceLoginState
{
    Pending = 0,

    Approved = 1,

    Denied = 2,

    /// <summary>Approved, and the machine has its token.</summary>
    Given = 3,
}

/// <summary>Keeps device logins.</summary>
internal interface IDeviceLoginStore
{
    /// <summary>False, and nothing is kept, where its user code is taken. Forgets those that ended a day before.</summary>
    /// <param name="pollSeconds">The shortest time between two polls.</param>
    Task<bool> CreateAsync(DeviceLogin login, int pollSeconds, CancellationToken cancellationToken);

    /// <summary>Whatever has become of it, for a day after its end.</summary>
    Task<DeviceLogin?> FindAsync(string id, CancellationToken cancellationToken);

    Task<DeviceLogin?> FindByUserCodeAsync(string userCodeHash, CancellationToken cancellationToken);

    /// <summary>Notes a poll of one that is pending.</summary>
    /// <returns>False where it came sooner than it may: from now on it may come <paramref name="moreSeconds"/> later still.</returns>
    Task<bool> PollAsync(string id, DateTimeOffset now, int moreSeconds, CancellationToken cancellationToken);

    /// <summary>Once, and while it is pending at the entry's time: of several who decide, one is told true.</summary>
    Task<bool> DecideAsync(DeviceDecision decision, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Of any number of polls of an approved one exactly one is told true.</summary>
    Task<bool> GiveAsync(string id, CancellationToken cancellationToken);
}

/// <summary>What a signed-in person has decided.</summary>
internal sealed record DeviceDecision(string UserCodeHash, string AccountId, string MachineName, bool Approve);
