namespace Polydev.Broker.Machines;

/// <summary>One connection of a machine's tunnel, running or over.</summary>
public sealed record MachineConnection
{
    /// <summary>
    /// So long after the last sign of life of a connection that has no end its broker is taken for killed: three times what lies between
    /// two signs.
    /// </summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromMinutes(3);

    /// <summary>The session's.</summary>
    public required string Id { get; init; }

    public required string AccountId { get; init; }

    /// <summary>The machine's tunnel token.</summary>
    public required string TokenId { get; init; }

    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>When its broker last said that it lives, once a minute.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>Null while it runs, and where its broker was killed.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public ConnectionEnding? Ending { get; init; }

    /// <summary>The same with an end, where its broker was killed: to a minute, and counted as lost.</summary>
    public MachineConnection At(DateTimeOffset now) =>
        EndedAt is null && now - SeenAt > DeadAfter ? this with { EndedAt = SeenAt, Ending = ConnectionEnding.Lost } : this;
}

/// <summary>How a connection ended. The numbers are stored.</summary>
public enum ConnectionEnding
{
    /// <summary>The tunnel was stopped on its machine, and has said so.</summary>
    Goodbye = 1,

    /// <summary>It broke off: the network, the machine's sleep, a killed process.</summary>
    Lost = 2,

    /// <summary>Its token was revoked.</summary>
    Revoked = 3,

    /// <summary>The broker stopped: the machine goes to its successor.</summary>
    BrokerStopped = 4,
}

/// <summary>Keeps when machines were connected.</summary>
internal interface IConnectionStore
{
    Task BeginAsync(MachineConnection connection, CancellationToken cancellationToken);

    /// <summary>The first end stays.</summary>
    Task EndAsync(string id, DateTimeOffset at, ConnectionEnding ending, CancellationToken cancellationToken);

    /// <summary>They live.</summary>
    Task TouchAsync(IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>
    /// The account's that had not ended before <paramref name="since"/>, and of each machine the newest, however old; the oldest first.
    /// </summary>
    Task<IReadOnlyList<MachineConnection>> ListAsync(string accountId, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Deletes at most so many that gave their last sign of life before; of each machine the newest stays.</summary>
    /// <returns>How many it deleted.</returns>
    Task<int> DeleteAsync(DateTimeOffset before, int most, CancellationToken cancellationToken);
}
