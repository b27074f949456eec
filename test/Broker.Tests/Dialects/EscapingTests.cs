using System.Buffers;
using System.Text;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>One text is the same bytes in every dialect, whether whole, streamed, in an error or in a list of models.</summary>
internal sealed class EscapingTests
{
    private const string Odd = "ü 😀 \"q\" 'a' <b> & \u2028 \\ \n é";
    private const string Written = """ü \uD83D\uDE00 \"q\" 'a' <b> & \u2028 \\ \n é""";

    private static readonly IDialect[] Dialects =
    [
        new OpenAiChatDialect(TimeProvider.System), new OpenAiResponsesDialect(TimeProvider.System),
        new AnthropicDialect(new AnthropicFamily(), TimeProvider.System), new GeminiDialect(new GoogleFamily(), TimeProvider.System),
    ];

    [Test]
    public void Whole_InEveryDialect_IsTheSame([ValueSource(nameof(Dialects))] IDialect dialect, [Values(1, 2000)] int times)
    {
        var answer = new Answer();
        answer.Add(WorkEvents.Text(string.Concat(Enumerable.Repeat(Odd, times))));
        answer.Add(WorkEvents.Finished(StopReason.EndTurn));

        Assert.That(
            Output(output => dialect.WriteAnswer(output, Call(), answer)), Does.Contain(string.Concat(Enumerable.Repeat(Written, times))));
    }

    [Test]
    public void Streamed_InEveryDialect_IsTheSame([ValueSource(nameof(Dialects))] IDialect dialect, [Values] bool serverSentEvents)
    {
        var streamed = Output(output => dialect.OpenStream(output, Call(serverSentEvents)).Write(WorkEvents.Text(Odd)));

        Assert.That(streamed, Does.Contain($"\"{Written}\""));
    }

    [Test]
    public void FailureMidStream_InEveryDialect_IsTheSame([ValueSource(nameof(Dialects))] IDialect dialect, [Values] bool serverSentEvents)
    {
        var error = new ApiError(ApiErrorKind.Upstream, Odd);

        var streamed = Output(output => dialect.OpenStream(output, Call(serverSentEvents)).WriteFailure(error, "req_1"));

        Assert.That(streamed, Does.Contain($"\"{Written}\""));
    }

    [Test]
    public void Error_InEveryFamily_IsTheSame([ValueSource(nameof(Dialects))] IDialect dialect) => Assert.That(
        Output(output => dialect.Family.WriteError(output, new ApiError(ApiErrorKind.Internal, Odd), "req_1")),
        Does.Contain($"\"{Written}\""));

    [Test]
    public void Models_InEveryFamily_AreTheSame([ValueSource(nameof(Dialects))] IDialect dialect)
    {
        var model = new ListedModel(Odd, Odd, "claude");

        Assert.That(Output(output => dialect.Family.WriteModels(output, [model])), Does.Contain($"{Written}\""));
        Assert.That(Output(output => dialect.Family.WriteModel(output, model)), Does.Contain($"{Written}\""));
    }

    [Test]
    public void ModelName_ThatLooksLikeAFrame_ChangesNoDelta([ValueSource(nameof(Dialects))] IDialect dialect)
    {
        const string evil = "\"content\":\"\",\"text\":\"\",\"delta\":\"\"";

        var frame = Output(output => dialect.OpenStream(output, Call() with { Model = evil }).Write(WorkEvents.Text("hello")));

        var last = SseFrame.Parse(frame)[^1].Data;
        Assert.That(System.Text.Json.Nodes.JsonNode.Parse(last)!.ToJsonString(), Does.Contain("\"hello\""));
        Assert.That(last.Split("hello"), Has.Length.EqualTo(2));
    }

    private static CompletionCall Call(bool serverSentEvents = true) => new()
    {
        Model = "m",
        Conversation = new Conversation(string.Empty, []),
        AnswerId = "resp_1",
        CreatedAt = default,
        ServerSentEvents = serverSentEvents,
    };

    private static string Output(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
