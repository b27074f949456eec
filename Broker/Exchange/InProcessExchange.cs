using System.Diagnostics.CodeAnalysis;
using Polydev.Broker.Routing;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;

namespace Polydev.Broker.Exchange;

/// <summary>The tunnel's stream ends in this very process: the work goes straight to its session.</summary>
internal sealed class InProcessExchange(TunnelRegistry registry) : IWorkExchange
{
    public IWorkStream? Start(ModelRoute route, WorkItem item) =>
        registry.Find(route.SessionId) is { } session ? new Held(session.Account.Start(session, item)) : null;

    /// <summary>Work that the account holds.</summary>
    private sealed class Held(InFlightWork work) : IWorkStream
    {
        public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => work.WaitToReadAsync(cancellationToken);

        public bool TryRead([NotNullWhen(true)] out WorkEvent? next) => work.TryRead(out next);

        public ValueTask DisposeAsync() => work.DisposeAsync();
    }
}
