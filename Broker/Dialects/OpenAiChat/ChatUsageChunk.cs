using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>A frame of a stream with <c>include_usage</c>: the usage stands in every chunk, null in all but the last, which has no choice.</summary>
internal sealed record ChatUsageChunk(string Id, long Created, string Model, IReadOnlyList<ChatChunkChoice> Choices)
    : ChatChunk(Id, Created, Model, Choices)
{
    [JsonPropertyOrder(1)]
    public ChatUsage? Usage { get; init; }
}
