using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Shared.Tests.Work;

public sealed class AnswerTests
{
    [Test]
    public void Text_OfSeveralDeltas_IsJoinedAndGrowsOn()
    {
        var answer = new Answer();
        answer.Add(WorkEvents.Text("one "));
        answer.Add(WorkEvents.Text("two"));

        Assert.That(answer.Text, Is.EqualTo("one two"));

        answer.Add(WorkEvents.Text(" three"));
        Assert.That(answer.Text, Is.EqualTo("one two three"));
    }

    [Test]
    public void Fold_OfTextThoughtsAndACall_KeepsThemApart()
    {
        var answer = new Answer();
        answer.Add(WorkEvents.Thinking("hm"));
        answer.Add(WorkEvents.Text("said"));
        answer.Add(new WorkEvent { ToolCallStarted = new ToolCallStarted { Id = "c", Name = "f" } });
        answer.Add(new WorkEvent { ToolCallArguments = new ToolCallArgumentsDelta { Id = "c", Json = "{}" } });

        Assert.That((answer.Thinking, answer.Text), Is.EqualTo(("hm", "said")));
        Assert.That(answer.ToolCalls.Single().ArgumentsJson, Is.EqualTo("{}"));
    }

    [Test]
    public void Pieces_KeepTheOrder_AndJoinTextsAroundWhatIsNotShown()
    {
        var answer = new Answer();
        WorkEvent[] events =
        [
            WorkEvents.Text("a"), WorkEvents.Thinking("hm"), WorkEvents.Thinking(string.Empty), WorkEvents.Text("b"),
            WorkEvents.ToolCallStarted("c", "f"), WorkEvents.ToolCallFinished("c"), WorkEvents.Text("d"), WorkEvents.Text(string.Empty),
            WorkEvents.Thinking(string.Empty),
        ];
        foreach (var next in events)
        {
            answer.Add(next);
        }

        Assert.That(answer.Pieces(_ => true).Select(Describe), Is.EqualTo(new[] { "a", "~hm", "b", "+f", "d" }));
        Assert.That(answer.Pieces(_ => false).Select(Describe), Is.EqualTo(new[] { "ab", "+f", "d" }));
        Assert.That(answer.Text, Is.EqualTo("abd"));
    }

    private static string Describe(AnswerPiece piece) => piece switch
    {
        AnswerText text => text.Text,
        AnswerThought thought => $"~{thought.Text}",
        _ => $"+{((AnswerToolCall)piece).Name}",
    };

    [Test]
    public void Text_OfNoDelta_IsEmpty() => Assert.That(new Answer().Text, Is.Empty);
}
