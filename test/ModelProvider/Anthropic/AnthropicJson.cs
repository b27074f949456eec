using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.Anthropic;

internal static class AnthropicJson
{
    /// <summary>Stands for the vendor's signature over a thinking block.</summary>
    public const string Signature = "c2lnbmF0dXJl";

    public static object Block(ProviderStep item) => item switch
    {
        ProviderStep.Text text => new { type = "text", text = text.Piece },
        ProviderStep.Thinking thinking => new { type = "thinking", thinking = thinking.Piece, signature = Signature },
        ProviderStep.ToolCall call => new
        {
            type = "tool_use",
            id = call.Id,
            name = call.Name,
            input = ProviderJson.Parse(call.ArgumentsJson),
        },
        ProviderStep.Raw raw => ProviderJson.Parse(raw.Json),
        _ => throw new InvalidOperationException($"{item.GetType().Name} is no content block."),
    };

    public static string StopReason(ProviderScript script, ScriptedAnswer answer) => script.Finish switch
    {
        ProviderFinish.Length => "max_tokens",
        ProviderFinish.StopSequence => "stop_sequence",
        ProviderFinish.Refusal => "refusal",
        _ => answer.HasToolCalls ? "tool_use" : "end_turn",
    };

    public static object Usage(ProviderUsage? usage, int output) => new
    {
        input_tokens = (usage?.Input ?? 0) - (usage?.CacheRead ?? 0) - (usage?.CacheWrite ?? 0),
        cache_creation_input_tokens = usage?.CacheWrite ?? 0,
        cache_read_input_tokens = usage?.CacheRead ?? 0,
        output_tokens = output,
    };
}
