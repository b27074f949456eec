namespace Polydev.McpTunnel.Tunnel;

/// <summary>Where the tunnel stands, for the status and the live view.</summary>
internal sealed class TunnelState(TimeProvider time)
{
    private volatile TunnelStatus _current = new(TunnelPhase.Starting, time.GetUtcNow(), null);
    private int _connections;

    /// <summary>Handlers must be quick and must not throw.</summary>
    public event Action<TunnelStatus>? Changed;

    public TunnelStatus Current => _current;

    /// <summary>How often it has been online since the start.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public void Become(TunnelPhase phase, string? error = null)
    {
        if (phase == TunnelPhase.Online)
        {
            Interlocked.Increment(ref _connections);
        }

        var next = new TunnelStatus(phase, time.GetUtcNow(), error);
        _current = next;
        Changed?.Invoke(next);
    }
}

/// <summary>Where the tunnel stands at one moment. Swapped whole.</summary>
/// <param name="Since">When this phase began.</param>
/// <param name="Error">For a person: what keeps it from being online, or did last; null when nothing does.</param>
internal sealed record TunnelStatus(TunnelPhase Phase, DateTimeOffset Since, string? Error);

internal enum TunnelPhase
{
    /// <summary>Not begun yet.</summary>
    Starting,

    /// <summary>There can be none with these settings.</summary>
    NotConfigured,

    /// <summary>Another process of this user is the tunnel for this account; this one takes over when it ends.</summary>
    StandingBy,

    Connecting,

    Online,

    /// <summary>Cut off or not reached; waiting to try again.</summary>
    Waiting,

    /// <summary>The broker will not have it, and trying again cannot help.</summary>
    Refused,

    Stopped,
}
