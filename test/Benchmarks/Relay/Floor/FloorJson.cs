using System.Text.Json.Serialization;

namespace Polydev.Benchmarks.Relay.Floor;

/// <summary>OpenAI's chat completion, as much of it as an SDK needs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChatBody))]
[JsonSerializable(typeof(ChatAnswer))]
internal sealed partial class FloorJson : JsonSerializerContext;

internal sealed record ChatBody(string Model, IReadOnlyList<ChatMessage> Messages, bool Stream = false);

internal sealed record ChatMessage(string? Role, string? Content);

/// <summary>A whole answer or a stream's chunk: they differ by one name.</summary>
internal sealed record ChatAnswer(
    string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices, ChatUsage? Usage);

internal sealed record ChatChoice(int Index, string? FinishReason = null)
{
    public ChatMessage? Message { get; init; }

    public ChatMessage? Delta { get; init; }
}

internal sealed record ChatUsage(uint PromptTokens, uint CompletionTokens, uint TotalTokens);
