using System.Threading.Channels;
using Polydev.McpTunnel.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>A running tunnel, and each phase that it went through.</summary>
internal sealed class StartedTunnel
{
    private readonly Channel<TunnelStatus> _phases = Channel.CreateUnbounded<TunnelStatus>();

    public StartedTunnel(TunnelWorker worker, TunnelState state)
    {
        Worker = worker;
        State = state;
        state.Changed += status => _phases.Writer.TryWrite(status);
    }

    public TunnelWorker Worker { get; }

    public TunnelState State { get; }

    /// <summary>Waits for the phase; those before it are passed over.</summary>
    public async Task<TunnelStatus> ReachesAsync(TunnelPhase phase)
    {
        while (true)
        {
            var status = await _phases.Reader.ReadAsync().AsTask().DefaultTimeout();
            if (status.Phase == phase)
            {
                return status;
            }
        }
    }
}
