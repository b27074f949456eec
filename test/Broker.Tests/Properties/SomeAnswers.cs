using CsCheck;
using Google.Protobuf;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Properties;

/// <summary>Random answers as their events, from the first after Started on: legal by the grammar, and otherwise in any order.</summary>
internal static class SomeAnswers
{
    public static Gen<IReadOnlyList<WorkEvent>> Events { get; } = Gen.Select(
        Gen.Frequency<Piece>((4, Texts()), (3, Thoughts()), (3, Calls()), (1, Usages())).Array[0, 6], Calls(), Usages(), Gen.Int[0, 6],
        (pieces, cut, usage, end) => Join([.. pieces, usage], cut, end));

    private static IReadOnlyList<WorkEvent> Join(Piece[] pieces, Piece cut, int end)
    {
        var events = new List<WorkEvent>();
        var calls = 0;
        foreach (var piece in pieces)
        {
            calls += piece.IsCall ? 1 : 0;
            events.AddRange(Named(piece.Events, calls));
        }

        // Half of the limits and refusals come in the middle of a call.
        if (end is 1 or 2)
        {
            events.AddRange(Named(cut.Events.SkipLast(1), calls + 1));
        }

        events.Add(end switch
        {
            1 or 3 => WorkEvents.Finished(StopReason.MaxTokens),
            2 or 4 => WorkEvents.Finished(StopReason.Refusal),
            5 => WorkEvents.Finished(StopReason.StopSequence, "END"),
            _ => WorkEvents.Finished(calls > 0 ? StopReason.ToolUse : StopReason.EndTurn),
        });
        AssertLegal(events);
        return events;
    }

    private static IEnumerable<WorkEvent> Named(IEnumerable<WorkEvent> events, int call)
    {
        foreach (var next in events.Select(next => next.Clone()))
        {
            if (next.ToolCallStarted is { } started)
            {
                started.Id += call;
            }
            else if (next.ToolCallArguments is { } arguments)
            {
                arguments.Id += call;
            }
            else if (next.ToolCallFinished is { } finished)
            {
                finished.Id += call;
            }

            yield return next;
        }
    }

    private static void AssertLegal(IEnumerable<WorkEvent> events)
    {
        var grammar = new WorkEventGrammar();
        foreach (var next in events.Prepend(WorkEvents.Started()).Select(next => next.Clone()))
        {
            next.Sequence = grammar.Sequence + 1;
            Assert.That(grammar.Check(next), Is.Null, "Such an answer is none.");
        }
    }

    // Some are longer than JSON is written in one go, in few pieces.
    private static Gen<Piece> Texts() => Gen.Select(SomeTexts.Text, Gen.Int[1, 100], Gen.Int, (text, luck, seed) =>
    {
        var random = new Random(seed);
        var deltas = luck == 100
            ? SomeTexts.Cut(string.Concat(Enumerable.Repeat(text, 500)), random, most: 10_000)
            : SomeTexts.Cut(text, random);
        return new Piece(deltas.Select(WorkEvents.Text).SelectMany<WorkEvent, WorkEvent>(
            next => random.Next(9) == 0 ? [next, WorkEvents.Text(string.Empty)] : [next]));
    });

    private static Gen<Piece> Thoughts() => Gen.Select(SomeTexts.Text, SomeTexts.Text, Gen.Int[0, 3], Gen.Int, Thought);

    private static Piece Thought(string text, string signature, int kind, int seed)
    {
        var deltas = kind == 0 ? [] : SomeTexts.Cut(text, new Random(seed)).Select(WorkEvents.Thinking).ToList();
        if (kind == 1)
        {
            deltas[^1].Thinking.Signature = signature;
        }
        else if (kind is 0 or 2)
        {
            deltas.Add(new WorkEvent { Thinking = new ThinkingDelta { Signature = signature } });
        }

        return new Piece(deltas);
    }

    private static Gen<Piece> Calls() => Gen.Select(
        Gen.OneOf("call_", "toolu_", "x"), Gen.OneOf("get", "a.b:c-d"), SomeTexts.JsonObject, Gen.Byte.Array[0, 3], Gen.Int,
        (id, name, arguments, signature, seed) => new Piece(
        [
            WorkEvents.ToolCallStarted(id, name),
            .. (seed % 4 == 0 ? [] : SomeTexts.Cut(arguments, new Random(seed))).Select(json => WorkEvents.ToolCallArguments(id, json)),
            .. seed % 5 == 0 ? [new WorkEvent { Usage = new Usage { OutputTokens = 1 } }] : Array.Empty<WorkEvent>(),
            new WorkEvent { ToolCallFinished = new ToolCallFinished { Id = id, Signature = ByteString.CopyFrom(signature) } },
        ])
        {
            IsCall = true,
        });

    private static Gen<Piece> Usages() => Gen.Select(Gen.UInt[0, 9], Gen.UInt[0, 9], Gen.UInt[0, 9], Gen.UInt[0, 9], Gen.UInt[0, 9], (
        input, output, read, written, thought) => new Piece(
        [
            new WorkEvent
            {
                Usage = new Usage
                {
                    InputTokens = input + read + written, OutputTokens = output + thought, CacheReadTokens = read,
                    CacheWriteTokens = written, ThinkingTokens = thought,
                },
            },
        ]));

    private sealed record Piece(IEnumerable<WorkEvent> Made)
    {
        public IReadOnlyList<WorkEvent> Events { get; } = [.. Made];

        public bool IsCall { get; init; }
    }
}
