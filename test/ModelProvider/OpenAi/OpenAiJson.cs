using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.OpenAi;

internal static class OpenAiJson
{
    public static object Response(ProviderRequest request, ProviderScript script, ScriptedAnswer answer) => new
    {
        id = Id(request),
        @object = "response",
        created_at = 1_767_225_600,
        status = Incomplete(script) is null ? "completed" : "incomplete",
        model = request.Model,
        output = answer.Items.Select((item, index) => Item(item, ItemId(request, index), finished: true)).ToArray(),
        incomplete_details = Incomplete(script) is { } reason ? new { reason } : null,
        error = (object?)null,
        usage = Usage(script.Usage),
    };

    /// <summary>A response that has no output yet, or that failed.</summary>
    public static object Bare(ProviderRequest request, string status, object? error = null) => new
    {
        id = Id(request),
        @object = "response",
        created_at = 1_767_225_600,
        status,
        model = request.Model,
        output = Array.Empty<object>(),
        error,
    };

    public static string ItemId(ProviderRequest request, int index) => $"item_{request.Number:0000}_{index}";

    public static object Item(ProviderStep item, string id, bool finished) => item switch
    {
        ProviderStep.Text text => new
        {
            type = "message",
            id,
            role = "assistant",
            status = Status(finished),
            content = finished ? [TextPart(text.Piece)] : Array.Empty<object>(),
        },
        ProviderStep.Thinking thinking => new
        {
            type = "reasoning",
            id,
            summary = finished ? [new { type = "summary_text", text = thinking.Piece }] : Array.Empty<object>(),
            encrypted_content = finished ? "c2VjcmV0" : null,
        },
        ProviderStep.ToolCall call => new
        {
            type = "function_call",
            id,
            call_id = call.Id,
            name = call.Name,
            arguments = finished ? call.ArgumentsJson : string.Empty,
            status = Status(finished),
        },
        ProviderStep.Raw raw => ProviderJson.Parse(raw.Json),
        _ => throw new InvalidOperationException($"{item.GetType().Name} is no output item."),
    };

    public static object TextPart(string text) => new { type = "output_text", text, annotations = Array.Empty<object>() };

    /// <summary>Why the response is not complete; null when it is.</summary>
    public static string? Incomplete(ProviderScript script) => script.Finish switch
    {
        ProviderFinish.Length => "max_output_tokens",
        ProviderFinish.Refusal => "content_filter",
        _ => null,
    };

    private static string Id(ProviderRequest request) => $"resp_{request.Number:0000}";

    private static string Status(bool finished) => finished ? "completed" : "in_progress";

    private static object? Usage(ProviderUsage? usage) => usage is null ? null : new
    {
        input_tokens = usage.Input,
        input_tokens_details = new { cached_tokens = usage.CacheRead, cache_write_tokens = usage.CacheWrite },
        output_tokens = usage.Output,
        output_tokens_details = new { reasoning_tokens = usage.Reasoning },
        total_tokens = usage.Input + usage.Output,
    };
}
