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
    public void Text_OfNoDelta_IsEmpty() => Assert.That(new Answer().Text, Is.Empty);
}
