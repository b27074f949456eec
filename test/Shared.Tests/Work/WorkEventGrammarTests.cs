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

    [TestCase(StopReason.MaxTokens, true)]
    [TestCase(StopReason.Refusal, true)]
    [TestCase(StopReason.ToolUse, false)]
    [TestCase(StopReason.EndTurn, false)]
    public void Check_FinishedInsideAToolCall_IsLegalWhereItCutsTheCall(StopReason reason, bool isLegal)
    {
        var grammar = new WorkEventGrammar();
        grammar.Check(At(1, WorkEvents.Started()));
        grammar.Check(At(2, WorkEvents.ToolCallStarted("1", "get")));
        grammar.Check(At(3, WorkEvents.ToolCallArguments("1", "{\"a\":")));

        Assert.That(grammar.Check(At(4, WorkEvents.Finished(reason))) is null, Is.EqualTo(isLegal));
        Assert.That(grammar.IsOver, Is.EqualTo(isLegal));
    }

    private static WorkEvent At(ulong sequence, WorkEvent next)
    {
        next.Sequence = sequence;
        return next;
    }
}
