using System.Buffers;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>What is true of every dialect's answers, whole and streamed.</summary>
internal abstract partial class DialectContract
{
    [Test]
    public void WriteAnswer_EndedByItself_HasTextUsageAndReason()
    {
        var call = Read(Minimal);

        var seen = ReadAnswer(WholeAnswer(call, Events("Bon", "jour «ß» \"\n", "😀")));

        Assert.Multiple(() =>
        {
            Assert.That(seen.Text, Is.EqualTo("Bonjour «ß» \"\n😀"));
            Assert.That(seen.StopReason, Is.EqualTo(EndReason));
            Assert.That(seen.Model, Is.EqualTo(Model));
            Assert.That(seen.Id, Is.Null.Or.EqualTo(call.AnswerId));
            Assert.That((seen.InputTokens, seen.OutputTokens), Is.EqualTo((21, 8)));
        });
    }

    [Test]
    public void WriteAnswer_TokenLimit_GivesTheLengthReason() =>
        Assert.That(ReadAnswer(WholeAnswer(Read(Minimal), Events(StopReason.MaxTokens, "cut"))).StopReason, Is.EqualTo(LengthReason));

    [Test]
    public void WriteAnswer_NoText_IsStillAnAnswer() => Assert.That(ReadAnswer(WholeAnswer(Read(Minimal), Events())).Text, Is.Empty);

    [Test]
    public void Stream_Deltas_AreOnePieceEach()
    {
        var call = ReadStreamed(Minimal);

        var seen = ReadStream(Streamed(call, Events("Bon", "jour «ß» \"\n", "😀")));

        Assert.Multiple(() =>
        {
            Assert.That(seen.Pieces, Is.EqualTo(new[] { "Bon", "jour «ß» \"\n", "😀" }));
            Assert.That(seen.StopReason, Is.EqualTo(EndReason));
            Assert.That(seen.Model, Is.Null.Or.EqualTo(Model));
            Assert.That(seen.Id, Is.Null.Or.EqualTo(call.AnswerId));
            Assert.That(seen.Failure, Is.Null);
        });
    }

    [Test]
    public void Stream_EachDelta_IsWrittenAtOnce()
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Dialect.OpenStream(output, ReadStreamed(Minimal));

        stream.Write(WorkEvents.Text("early"));

        Assert.That(Text(output), Does.Contain("early"));
    }

    [Test]
    public void Stream_TokenLimit_GivesTheLengthReason() =>
        Assert.That(ReadStream(Streamed(ReadStreamed(Minimal), Events(StopReason.MaxTokens, "cut"))).StopReason, Is.EqualTo(LengthReason));

    [Test]
    public void Stream_NoText_IsStillWhole()
    {
        var seen = ReadStream(Streamed(ReadStreamed(Minimal), Events()));

        Assert.That((seen.Text, seen.StopReason, seen.Failure), Is.EqualTo((string.Empty, EndReason, (string?)null)));
    }

    [Test]
    public void Stream_ThoughtNotAskedFor_IsNotText()
    {
        var events = Events("answer");
        events.Insert(0, WorkEvents.Thinking("a secret thought"));

        var streamed = Streamed(ReadStreamed(Minimal), events);

        Assert.Multiple(() =>
        {
            Assert.That(ReadStream(streamed).Text, Is.EqualTo("answer"));
            Assert.That(ReadAnswer(WholeAnswer(Read(Minimal), events)).Text, Is.EqualTo("answer"));
        });
    }

    [Test]
    public void WriteKeepAlive_Anywhere_ChangesNothing()
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Dialect.OpenStream(output, ReadStreamed(Minimal));
        stream.WriteKeepAlive();
        var afterFirst = output.WrittenCount;
        foreach (var next in Events("one", "two"))
        {
            stream.WriteKeepAlive();
            stream.Write(next);
        }

        var seen = ReadStream(Text(output));

        Assert.Multiple(() =>
        {
            Assert.That(afterFirst, Is.Positive, "A keep-alive must send bytes.");
            Assert.That(seen.Pieces, Is.EqualTo(new[] { "one", "two" }));
            Assert.That(seen.StopReason, Is.EqualTo(EndReason));
        });
    }

    [TestCase(false)]
    [TestCase(true)]
    public void WriteFailure_MidStream_IsTheFamilysError(bool afterText)
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Dialect.OpenStream(output, ReadStreamed(Minimal));
        if (afterText)
        {
            stream.Write(WorkEvents.Text("half an ans"));
        }

        stream.WriteFailure(new ApiError(ApiErrorKind.Upstream, "The CLI's \"stream\" broke off."), RequestId);

        var seen = ReadStream(Text(output));
        Assert.Multiple(() =>
        {
            Assert.That(seen.Failure, Is.EqualTo("The CLI's \"stream\" broke off."));
            Assert.That(seen.Text, Is.EqualTo(afterText ? "half an ans" : string.Empty));
        });
    }

    [Test]
    public void WriteError_EveryKind_HasTheFamilysShape([Values] ApiErrorKind kind)
    {
        var family = Dialect.Family;
        var error = new ApiError(kind, $"What happened: {kind}.") { Param = "some.field" };
        var output = new ArrayBufferWriter<byte>();

        family.WriteError(output, error, RequestId);

        Assert.Multiple(() =>
        {
            Assert.That(ReadError(Json(output)), Is.EqualTo($"What happened: {kind}."));
            Assert.That(family.StatusOf(error), Is.InRange(400, 599));
        });
    }
}
