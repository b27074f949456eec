using Polydev.Broker.Routing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Exchange;

/// <summary>Carries work to a tunnel and its events back. In this process now; between brokers later.</summary>
internal interface IWorkExchange
{
    /// <summary>
    /// Runs the item and gives its events as they come: Started first, exactly one Finished or Failed last. Never throws for what happens to
    /// the work: that is a Failed event. Leaving the enumeration cancels the work at the CLI.
    /// </summary>
    IAsyncEnumerable<WorkEvent> RunAsync(ModelRoute route, WorkItem item, CancellationToken cancellationToken);
}
