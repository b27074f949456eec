using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Tests.Work;

public sealed class DeltaSplitterTests
{
    private static readonly string Long =
        string.Concat(Enumerable.Range(0, TunnelProtocol.MaxDeltaChars).Select(i => (char)('a' + (i % 26)))) + "rest";

    [Test]
    public void Split_LongText_GivesPiecesThatJoinToIt()
    {
        var pieces = DeltaSplitter.Split(WorkEvents.Text(Long)).ToList();

        Assert.That(pieces.Select(piece => piece.Text.Text.Length), Is.EqualTo(new[] { TunnelProtocol.MaxDeltaChars, 4 }));
        Assert.That(string.Concat(pieces.Select(piece => piece.Text.Text)), Is.EqualTo(Long));
    }

    [Test]
    public void Split_SurrogatePairOnTheSeam_KeepsThePairTogether()
    {
        var text = new string('x', TunnelProtocol.MaxDeltaChars - 1) + "😀y";

        var pieces = DeltaSplitter.Split(WorkEvents.Text(text)).Select(piece => piece.Text.Text).ToList();

        Assert.That(pieces, Is.EqualTo(new[] { new string('x', TunnelProtocol.MaxDeltaChars - 1), "😀y" }));
    }

    [Test]
    public void Split_LongThinking_SignsTheLastPieceAlone()
    {
        var whole = new WorkEvent { Thinking = new ThinkingDelta { Text = Long, Signature = "s" } };

        var pieces = DeltaSplitter.Split(whole).ToList();

        Assert.That(pieces.Select(piece => piece.Thinking.Signature), Is.EqualTo(new[] { string.Empty, "s" }));
        Assert.That(string.Concat(pieces.Select(piece => piece.Thinking.Text)), Is.EqualTo(Long));
    }

    [Test]
    public void Split_LongArguments_KeepsTheCallsId()
    {
        var whole = new WorkEvent { ToolCallArguments = new ToolCallArgumentsDelta { Id = "c", Json = Long } };

        var pieces = DeltaSplitter.Split(whole).ToList();

        Assert.That(pieces.Select(piece => piece.ToolCallArguments.Id), Is.All.EqualTo("c"));
        Assert.That(string.Concat(pieces.Select(piece => piece.ToolCallArguments.Json)), Is.EqualTo(Long));
    }

    [Test]
    public void Split_ShortText_IsTheEventItself()
    {
        var whole = WorkEvents.Text("short");

        Assert.That(DeltaSplitter.Split(whole).Single(), Is.SameAs(whole));
    }
}
