using Polydev.Broker.Dialects;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>What a read call becomes on its way to a tunnel.</summary>
internal static class CompletionCalls
{
    private static readonly ModelRoute Somewhere = new("session", "claude", "model", []);

    public static WorkItem Work(this CompletionCall call) => call.ToWork("req_1", Somewhere);
}
