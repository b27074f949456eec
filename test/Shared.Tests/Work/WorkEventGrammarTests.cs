using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.Shared.Tests.Work;

public sealed class WorkEventGrammarTests
{
    [TestCase(TunnelProtocol.MaxToolIdChars, TunnelProtocol.MaxToolNameChars, null)]
    [TestCase(TunnelProtocol.MaxToolIdChars + 1, 1, "too long")]
    [TestCase(1, TunnelProtocol.MaxToolNameChars + 1, "too long")]
    public void Check_ToolCallStarted_BoundsItsIdAndName(int id, int name, string? says)
    {
        var grammar = new WorkEventGrammar();
        Assert.That(grammar.Check(At(1, WorkEvents.Started())), Is.Null);

        var wrong = grammar.Check(At(2, WorkEvents.ToolCallStarted(new string('i', id), new string('n', name))));

        Assert.That(wrong, says is null ? Is.Null : Does.Contain(says));
    }

    private static WorkEvent At(ulong sequence, WorkEvent next)
    {
        next.Sequence = sequence;
        return next;
    }
}
