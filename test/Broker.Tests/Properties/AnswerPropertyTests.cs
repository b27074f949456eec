using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Polydev.Broker.Tests.Dialects;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Properties;

/// <summary>Canonical -> dialect keeps the meaning: whatever a CLI answers is heard by the caller, whole or streamed.</summary>
[TestFixtureSource(typeof(AnswerForm), nameof(AnswerForm.All))]
internal sealed class AnswerPropertyTests(AnswerForm form)
{
    [Test]
    public void Write_WhateverIsAnswered_IsHeardWholeAndStreamed()
    {
        var call = form.Read();
        SomeAnswers.Events.Sample(
            events =>
            {
                var whole = form.Whole(call, events);
                var stream = Encoding.UTF8.GetString(form.Streamed(call, events));

                HeardAnswer.AssertSame(AnswerReading.Whole(form.Dialect, whole), form.Expected(events, isStreamed: false));
                HeardAnswer.AssertSame(AnswerReading.Streamed(form, stream), form.Expected(events, isStreamed: true));
                if (form.Dialect == "responses")
                {
                    var last = JsonNode.Parse(SseFrame.Parse(stream)[^1].Data)!["response"]!;
                    Assert.That(last.ToJsonString(), Is.EqualTo(JsonNode.Parse(whole)!.ToJsonString()), "The last event is the answer.");
                }
            },
            iter: 500,
            print: Said);
    }

    [Test]
    public void Write_TextInOtherPieces_IsTheSameAnswer()
    {
        var call = form.Read();
        Gen.Select(SomeTexts.Text.Array[1, 300], Gen.Int[20, 5_000], Gen.Int[20, 5_000]).Sample(
            (texts, one, other) =>
            {
                var text = string.Concat(texts);

                var first = Pieces(text, one);
                var second = Pieces(text, other);

                var whole = form.Whole(call, first);
                Assert.That(form.Whole(call, second), Is.EqualTo(whole));
                Assert.That(AnswerReading.Whole(form.Dialect, whole).Pieces, Is.EqualTo(new[] { HeardPiece.OfText(text) }));
                Assert.That(
                    AnswerReading.Streamed(form, Encoding.UTF8.GetString(form.Streamed(call, second))).Pieces,
                    Is.EqualTo(new[] { HeardPiece.OfText(text) }));
            },
            iter: 100);
    }

    [Test]
    public void Stream_CutAtAnyByte_GivesTheSameEvents()
    {
        var call = form.Read();
        Gen.Select(SomeAnswers.Events, Gen.Int).Sample(
            (events, seed) =>
            {
                var random = new Random(seed);
                var bytes = form.Streamed(call, events, keepAlives: random);

                var cut = Read(new PiecemealStream(bytes, random));

                Assert.That(cut, Is.EqualTo(Read(new MemoryStream(bytes))));
                Assert.That(cut, Is.EqualTo(Frames(Encoding.UTF8.GetString(bytes))), "Both readers see the same.");
                HeardAnswer.AssertSame(
                    AnswerReading.Streamed(form, Encoding.UTF8.GetString(bytes)), form.Expected(events, isStreamed: true));
            },
            iter: 300,
            print: each => Said(each.Item1));
    }

    private static IReadOnlyList<WorkEvent> Pieces(string text, int most) =>
        [.. SomeTexts.Cut(text, new Random(most), most).Select(WorkEvents.Text), WorkEvents.Finished(StopReason.EndTurn)];

    private static string Said(IReadOnlyList<WorkEvent> events) => string.Join('\n', events);

    // As the framework's own readers do, which know nothing of where a piece ends.
    private List<(string Event, string Data)> Read(Stream stream) => form.IsArray
        ? [.. JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream).ToBlockingEnumerable()
            .Select(each => ("message", each.GetRawText()))]
        : [.. SseParser.Create(stream).Enumerate().Select(item => (item.EventType, item.Data))];

    private List<(string Event, string Data)> Frames(string stream) => form.IsArray
        ? [.. JsonElement.Parse(stream).EnumerateArray().Select(each => ("message", each.GetRawText()))]
        : [.. SseFrame.Parse(stream).Select(frame => (frame.Event ?? "message", frame.Data))];

    /// <summary>Gives a few bytes at a time, as a network may.</summary>
    private sealed class PiecemealStream(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        // What reads into a span comes here too: that is what a memory stream does for those who derive from it.
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, random.Next(1, 40)));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span));
    }
}
