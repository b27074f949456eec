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
