using Polydev.Broker.Routing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Exchange;

/// <summary>The tunnel's stream ends in this very process: the work goes straight to its session.</summary>
internal sealed class InProcessExchange : IWorkExchange
{
    public IAsyncEnumerable<WorkEvent> RunAsync(ModelRoute route, WorkItem item, CancellationToken cancellationToken) =>
        route.Session.RunAsync(item, cancellationToken);
}
