using System.Diagnostics.CodeAnalysis;
using Polydev.Broker.Routing;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Exchange;

/// <summary>The tunnel's stream ends in this very process: the work goes straight to its session.</summary>
internal sealed class InProcessExchange(TunnelRegistry registry) : IWorkExchange
{
    public IWorkStream Start(ModelRoute route, WorkItem item) =>
        registry.Find(route.SessionId) is { } session ? new Held(session.Account.Start(session, item)) : new Lost();

    /// <summary>Work that the account holds.</summary>
    private sealed class Held(InFlightWork work) : IWorkStream
    {
        public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => work.WaitToReadAsync(cancellationToken);

        public bool TryRead([NotNullWhen(true)] out WorkEvent? next) => work.TryRead(out next);

        public ValueTask DisposeAsync() => work.DisposeAsync();
    }

    /// <summary>Work whose session has ended between its routing and its start.</summary>
    private sealed class Lost : IWorkStream
    {
        private WorkEvent? _failure = WorkEvents.Failed(
            FailureKind.TunnelLost, "The tunnel to the CLI's machine was lost. It reconnects by itself; try again.");

        public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => new(_failure is not null);

        public bool TryRead([NotNullWhen(true)] out WorkEvent? next)
        {
            (next, _failure) = (_failure, null);
            return next is not null;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
