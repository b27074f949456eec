namespace Polydev.Broker.Tunnels;

/// <summary>How patient the broker is with a tunnel.</summary>
internal sealed record TunnelOptions
{
    /// <summary>A call fails when its CLI says nothing for this long. 120 s by default.</summary>
    public TimeSpan EventTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The first frame must be there within this time of the connection.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of one account; those that drain do not count. One for each machine, as a rule.</summary>
    public int MaxSessions { get; init; } = 32;

    /// <summary>A stopping broker lets running answers come to their end for this long.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A peer that has not taken a frame for this long has stopped reading: twice what a silence may last.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A tunnel that was cut off or drained is awaited for this long: the longest wait between its attempts.</summary>
    public TimeSpan AwaitReturn { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After its own start the broker awaits tunnels that it has not seen yet: those of its predecessor.</summary>
    public TimeSpan AwaitFirst { get; init; } = TimeSpan.FromSeconds(30);
}
