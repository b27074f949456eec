using System.Buffers;
using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiCompletions;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>What a call costs of memory in the dialects: the figures that the relay benchmark's aims rest on.</summary>
internal sealed class StreamCostTests
{
    private static readonly TimeProvider Clock = TimeProvider.System;

    private const int Deltas = 1_000;

    private static readonly (IDialect Dialect, string Body)[] Calls =
    [
        (new OpenAiChatDialect(Clock), """{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello there"}]}"""),
        (new OpenAiResponsesDialect(Clock), """{"model":"m","stream":true,"input":"Hello there"}"""),
        (new OpenAiCompletionsDialect(Clock), """{"model":"m","stream":true,"prompt":"Hello there"}"""),
        (new AnthropicDialect(new AnthropicFamily(), Clock),
            """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hello there"}]}"""),
        (new GeminiDialect(new GoogleFamily(), Clock), """{"contents":[{"role":"user","parts":[{"text":"Hello there"}]}]}"""),
    ];

    /// <summary>Responses keep the text, which they repeat at the end: two bytes a letter. Nothing else may grow with the deltas.</summary>
    [Test]
    public void Write_TextDelta_AllocatesNothingOfItsOwn([Range(0, 4)] int index)
    {
        var (dialect, body) = Calls[index];
        var output = new ArrayBufferWriter<byte>(1 << 20);
        using var stream = dialect.OpenStream(output, Read(dialect, body));
        var delta = WorkEvents.Text("ten chars.");
        for (var warm = 0; warm < Deltas; warm++)
        {
            stream.Write(delta);
        }

        output.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < Deltas; count++)
        {
            stream.Write(delta);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(Deltas * 40));
    }

    [Test]
    public void Read_ShortCall_StaysSmall([Range(0, 4)] int index)
    {
        var (dialect, body) = Calls[index];
        using var document = JsonDocument.Parse(body);
        for (var warm = 0; warm < 100; warm++)
        {
            dialect.Read(document.RootElement, CompletionPath.None);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        dialect.Read(document.RootElement, CompletionPath.None);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        TestContext.Out.WriteLine($"{dialect.Name}: {bytes} bytes");
        Assert.That(bytes, Is.LessThan(2_000));
    }

    /// <summary>No copy of the text, and no block of three times its length, which JSON's writer takes for a text given at once.</summary>
    [Test]
    public void WriteAnswer_OneMegabyte_CopiesNothing([Range(0, 4)] int index, [Values(1, 500)] int pieces)
    {
        var (dialect, body) = Calls[index];
        var call = Read(dialect, body);
        var answer = new Answer();
        for (var piece = 0; piece < pieces; piece++)
        {
            answer.Add(WorkEvents.Text(new string('x', 1_000_000 / pieces)));
        }

        answer.Add(WorkEvents.Finished(StopReason.EndTurn));
        dialect.WriteAnswer(new ArrayBufferWriter<byte>(2_000_000), call, answer);
        var output = new ArrayBufferWriter<byte>(1_100_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        dialect.WriteAnswer(output, call, answer);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(20_000));
    }

    private static CompletionCall Read(IDialect dialect, string body)
    {
        using var document = JsonDocument.Parse(body);
        return dialect.Read(document.RootElement, new CompletionPath { Model = "m", Stream = true, ServerSentEvents = true });
    }
}
