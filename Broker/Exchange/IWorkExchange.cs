using System.Diagnostics.CodeAnalysis;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Exchange;

/// <summary>Carries work to a tunnel and its events back. In this process now; between brokers later.</summary>
internal interface IWorkExchange
{
    /// <summary>Gives the item to the route's tunnel. Never throws for what happens to the work: that is a Failed event.</summary>
    /// <returns>Null where the route's session has gone meanwhile: nothing was sent, another route is to be found.</returns>
    IWorkStream? Start(ModelRoute route, WorkItem item);
}

/// <summary>
/// The events of one item, for one reader: Started first, exactly one Finished or Failed last. Disposing it before the last event has been
/// taken cancels the work at the CLI. The CLI is asked for more only as events are taken.
/// </summary>
internal interface IWorkStream : IAsyncDisposable
{
    /// <summary>True once an event can be read, false when the last one has been taken.</summary>
    ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken);

    /// <summary>Takes the next event, where one is there already. The event is the reader's own from then on.</summary>
    bool TryRead([NotNullWhen(true)] out WorkEvent? next);
}
