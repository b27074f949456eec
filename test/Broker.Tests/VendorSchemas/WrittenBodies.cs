using System.Buffers;
using System.Text;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Broker.Tests.Dialects;
using Polydev.Broker.Tests.Dialects.Tools;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.VendorSchemas;

/// <summary>What our dialects write, of each kind, as it goes out: to be held against what the vendors publish.</summary>
internal static class WrittenBodies
{
    public static readonly GoogleFamily Google = new();
    public static readonly AnthropicFamily Anthropic = new();

    private static readonly Dictionary<string, IDialect> Dialects = new()
    {
        ["chat"] = new OpenAiChatDialect(TimeProvider.System),
        ["responses"] = new OpenAiResponsesDialect(TimeProvider.System),
        ["anthropic"] = new AnthropicDialect(Anthropic, TimeProvider.System),
        ["gemini"] = new GeminiDialect(Google, TimeProvider.System),
    };

    /// <summary>One of each kind, by what it is.</summary>
    public static readonly Dictionary<string, WorkEvent[]> Answers = new()
    {
        ["text"] = [WorkEvents.Text("Gr\u00fc\u00dfe"), WorkEvents.Text(" \n"), Used(), WorkEvents.Finished(StopReason.EndTurn)],
        ["nothing"] = [Used(), WorkEvents.Finished(StopReason.EndTurn)],
        ["thoughts"] =
        [
            WorkEvents.Thinking("hm"), new WorkEvent { Thinking = new ThinkingDelta { Signature = "c2ln" } }, WorkEvents.Text("Yes."),
            Used(), WorkEvents.Finished(StopReason.EndTurn),
        ],
        ["calls"] =
        [
            WorkEvents.Text("Look:"), WorkEvents.ToolCallStarted("c1", "f"), WorkEvents.ToolCallArguments("c1", "{\"a\":"),
            WorkEvents.ToolCallArguments("c1", "1}"), WorkEvents.ToolCallFinished("c1"), WorkEvents.ToolCallStarted("c2", "g"),
            WorkEvents.ToolCallFinished("c2"), Used(), WorkEvents.Finished(StopReason.ToolUse),
        ],
        ["cut"] = [WorkEvents.Text("half"), Used(), WorkEvents.Finished(StopReason.MaxTokens)],
        ["metered"] =
        [
            new WorkEvent { Usage = new Usage { InputTokens = 30 } }, WorkEvents.Thinking("hm"), WorkEvents.Text("Yes."),
            WorkEvents.ToolCallStarted("c1", "f"), WorkEvents.ToolCallFinished("c1"), Used(), WorkEvents.Finished(StopReason.ToolUse),
        ],
        ["refused"] = [WorkEvents.Text("I"), Used(), WorkEvents.Finished(StopReason.Refusal)],
        ["stopped"] =
        [
            WorkEvents.Text("x"), Used(),
            new WorkEvent { Finished = new Finished { StopReason = StopReason.StopSequence, StopSequence = "END" } },
        ],
    };

    /// <summary>Each dialect with each of <see cref="Answers"/>.</summary>
    public static IEnumerable<object[]> Cases() =>
        from dialect in ToolRequests.Dialects from answer in Answers.Keys select new object[] { dialect, answer };

    public static string Whole(string dialect, string answer) => Whole(dialect, Call(dialect, stream: false), Answers[answer]);

    /// <summary>One call of a tool that takes text.</summary>
    public static string CustomCall(string dialect, string tool) => Whole(
        dialect,
        DialectRequest.Read(dialect, $"\"tools\":[{tool}]"),
        [
            WorkEvents.ToolCallStarted("c1", "f"), WorkEvents.ToolCallArguments("c1", "{\"input\":\"patch\"}"),
            WorkEvents.ToolCallFinished("c1"), Used(), WorkEvents.Finished(StopReason.ToolUse),
        ]);

    /// <summary>The events of a stream, without OpenAI's last word.</summary>
    public static List<string> Streamed(string dialect, string answer) =>
        Events(dialect, stream => Array.ForEach(Answers[answer], stream.Write));

    /// <summary>The last is, or holds, the error.</summary>
    public static List<string> Broken(string dialect) => Events(dialect, stream =>
    {
        stream.Write(WorkEvents.Text("half"));
        stream.WriteFailure(new ApiError(ApiErrorKind.Upstream, "It broke."), "req_1");
    });

    public static string ModelList(IApiFamily family) => Written(output => family.WriteModels(
        output,
        [
            new("claude-opus-4-6", "Opus", "claude") { Honours = ["thinking"] }, new("gpt-5.1-mini", "mini", "codex"),
            new("gemini-2.5-pro", "Pro", "gemini"), new("polydev-echo", "Echo", "echo"),
        ]));

    public static string Count(string dialect) => Written(output => ((ICountingDialect)Dialects[dialect]).WriteCount(output, 9));

    public static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Whole(string dialect, CompletionCall call, WorkEvent[] events)
    {
        var whole = new Answer();
        Array.ForEach(events, whole.Add);
        return Written(output => Dialects[dialect].WriteAnswer(output, call, whole));
    }

    private static List<string> Events(string dialect, Action<IAnswerStream> write)
    {
        var text = Written(output =>
        {
            using var stream = Dialects[dialect].OpenStream(output, Call(dialect, stream: true));
            write(stream);
        });
        return [.. SseFrame.Parse(text).Select(frame => frame.Data).Where(data => data != "[DONE]")];
    }

    private static CompletionCall Call(string dialect, bool stream)
    {
        var thinking = dialect switch
        {
            "chat" => "\"reasoning_effort\":\"low\",\"stream_options\":{\"include_usage\":true}",
            "responses" => """
                "reasoning":{"summary":"auto"},"include":["reasoning.encrypted_content"],"instructions":"Be brief."
                """,
            "anthropic" => "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}",
            _ => "\"generationConfig\":{\"thinkingConfig\":{\"includeThoughts\":true}}",
        };
        var tools = ToolRequests.Tools(dialect, """{"type":"object","properties":{"a":{"type":"integer"}}}""", "f", "g");
        return DialectRequest.Read(dialect, $"{tools},{thinking},\"stream\":{(stream ? "true" : "false")}");
    }

    private static WorkEvent Used() =>
        new() { Usage = new Usage { InputTokens = 30, CacheReadTokens = 10, CacheWriteTokens = 4, OutputTokens = 8, ThinkingTokens = 5 } };
}
