namespace Polydev.Broker.Tunnels;

/// <summary>How patient the broker is with a tunnel.</summary>
internal sealed record TunnelOptions
{
    /// <summary>A call fails when its CLI says nothing for this long. 120 s by default.</summary>
    public TimeSpan EventTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The first frame must be there within this time of the connection.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A stopping broker lets running answers come to their end for this long.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);
}
