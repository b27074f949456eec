using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.Shared.Tests.Work;

/// <summary>What both ends let pass of a tool call.</summary>
public sealed class ToolCallArgumentsTests
{
    [TestCase]
    [TestCase("{}")]
    [TestCase("{\"a\":", "\"\u00e9\"", "}")]
    public void ToolCall_ArgumentsAreAnObject_Passes(params string[] arguments)
    {
        var grammar = Started();

        Assert.That(Call(grammar, arguments), Is.Null);
        Assert.That(grammar.OpenTool, Is.Null);
    }

    [TestCase("{\"a\"")]
    [TestCase("[]")]
    [TestCase("{}", "}")]
    [TestCase(" ")]
    public void ToolCall_ArgumentsAreSomethingElse_IsRefusedAndItsToolIsNamed(params string[] arguments)
    {
        var grammar = Started();

        Assert.That(Call(grammar, arguments), Is.EqualTo(WorkEventGrammar.BadArguments));
        Assert.That(grammar.OpenTool, Is.EqualTo("weather"));
    }

    [TestCase(0, true)]
    [TestCase(1, false)]
    [TestCase(5_000, false)]
    public void ToolCall_ArgumentsAreDeep_PassAsDeepAsABody(int beyond, bool pass)
    {
        var lists = TunnelProtocol.MaxJsonDepth - 1 + beyond;

        var wrong = Call(Started(), $"{{\"a\":{new string('[', lists)}", $"{new string(']', lists)}}}");

        Assert.That(wrong, Is.EqualTo(pass ? null : WorkEventGrammar.BadArguments));
    }

    [Test]
    public void ToolCall_ArgumentsAreLargerThanAMessage_AreRefusedAndTheNextAreNot()
    {
        var grammar = Started();
        var text = new string('x', TunnelProtocol.MaxMessageBytes / 2);

        Assert.That(Call(grammar, "{\"a\":\"", text, text, "\"}"), Is.EqualTo(WorkEventGrammar.BadArguments));
        Assert.That(Call(Started(), "{\"a\":\"", text, "\"}"), Is.Null);
    }

    private static WorkEventGrammar Started()
    {
        var grammar = new WorkEventGrammar();
        Assert.That(Check(grammar, WorkEvents.Started()), Is.Null);
        return grammar;
    }

    // What is wrong with the call's end.
    private static string? Call(WorkEventGrammar grammar, params string[] arguments)
    {
        Assert.That(Check(grammar, WorkEvents.ToolCallStarted("c", "weather")), Is.Null);
        foreach (var json in arguments)
        {
            Assert.That(Check(grammar, WorkEvents.ToolCallArguments("c", json)), Is.Null);
        }

        return Check(grammar, WorkEvents.ToolCallFinished("c"));
    }

    private static string? Check(WorkEventGrammar grammar, WorkEvent next)
    {
        next.Sequence = grammar.Sequence + 1;
        return grammar.Check(next);
    }
}
