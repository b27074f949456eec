using System.Text.Json.Nodes;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.Gemini;

internal static class GeminiJson
{
    public static JsonNode Part(ProviderStep item) => item switch
    {
        ProviderStep.Text text => new JsonObject { ["text"] = text.Piece },
        ProviderStep.Thinking thinking => new JsonObject { ["text"] = thinking.Piece, ["thought"] = true },
        ProviderStep.ToolCall call => new JsonObject
        {
            ["functionCall"] = new JsonObject { ["id"] = call.Id, ["name"] = call.Name, ["args"] = ProviderJson.Parse(call.ArgumentsJson) },
        },
        ProviderStep.Raw raw => ProviderJson.Parse(raw.Json),
        _ => throw new InvalidOperationException($"{item.GetType().Name} is no part."),
    };

    public static string FinishReason(ProviderScript script) => script.Finish switch
    {
        ProviderFinish.Length => "MAX_TOKENS",
        ProviderFinish.Refusal => "SAFETY",
        _ => "STOP",
    };

    /// <summary>One GenerateContentResponse. Reason and usage stand in the last one of a stream only.</summary>
    public static JsonObject Chunk(ProviderRequest request, JsonNode[] parts, string? finishReason, ProviderUsage? usage)
    {
        var candidate = new JsonObject
        {
            ["content"] = new JsonObject { ["role"] = "model", ["parts"] = new JsonArray([.. parts]) },
            ["index"] = 0,
        };
        var chunk = new JsonObject
        {
            ["candidates"] = new JsonArray(candidate),
            ["modelVersion"] = request.Model,
            ["responseId"] = $"gen_{request.Number:0000}",
        };
        if (finishReason is not null)
        {
            candidate["finishReason"] = finishReason;
        }

        if (usage is not null)
        {
            chunk["usageMetadata"] = Usage(usage);
        }

        return chunk;
    }

    private static JsonObject Usage(ProviderUsage usage) => new()
    {
        ["promptTokenCount"] = usage.Input,
        ["candidatesTokenCount"] = usage.Output - usage.Reasoning,
        ["cachedContentTokenCount"] = usage.CacheRead,
        ["thoughtsTokenCount"] = usage.Reasoning,
        ["totalTokenCount"] = usage.Input + usage.Output,
    };
}
