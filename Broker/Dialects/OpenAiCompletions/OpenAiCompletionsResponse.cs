using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiCompletions;

/// <summary>A text completion, whole or one frame of a stream: both have one shape.</summary>
internal record OpenAiCompletionsResponse(string Id, long Created, string Model, IReadOnlyList<CompletionChoice> Choices)
{
    public string Object { get; } = "text_completion";

    public static UsedCompletion Of(CompletionCall call, Answer answer)
    {
        var choice = new CompletionChoice(new LongText(answer.Texts), FinishReasonOf(answer.Finished?.StopReason ?? default));
        return new UsedCompletion(call.AnswerId, call.CreatedAt.ToUnixTimeSeconds(), call.Model, [choice])
        {
            Usage = CompletionUsage.Of(answer.Usage),
        };
    }

    public static string FinishReasonOf(StopReason reason) => reason switch
    {
        StopReason.MaxTokens => "length",
        StopReason.Refusal => "content_filter",
        _ => "stop",
    };
}

/// <summary>One with its tokens. In a stream with <c>include_usage</c> they are null in all frames but the last.</summary>
internal sealed record UsedCompletion(string Id, long Created, string Model, IReadOnlyList<CompletionChoice> Choices)
    : OpenAiCompletionsResponse(Id, Created, Model, Choices)
{
    [JsonPropertyOrder(1)]
    public CompletionUsage? Usage { get; init; }
}

/// <summary>The one choice. Its finish reason is null in all frames of a stream but one.</summary>
internal sealed record CompletionChoice(LongText Text, string? FinishReason)
{
    public int Index { get; }

    public object? Logprobs { get; }
}
