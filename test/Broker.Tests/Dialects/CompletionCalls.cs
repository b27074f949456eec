using Polydev.Broker.Dialects;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>What a read call becomes on its way to a tunnel.</summary>
internal static class CompletionCalls
{
    // Nothing is fitted to a model of this CLI's.
    private static readonly ModelRoute Somewhere = new("session", "codex", "model", []);

    public static WorkItem Work(this CompletionCall call) => call.ToWork("req_1", Somewhere);
}
