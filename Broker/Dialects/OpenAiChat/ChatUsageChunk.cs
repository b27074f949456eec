namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>A frame of a stream with <c>include_usage</c>: the usage stands in every chunk, null in all but the last, which has no choice.</summary>
internal sealed record ChatUsageChunk(string Id, long Created, string Model, IReadOnlyList<ChatChunkChoice> Choices, ChatUsage? Usage)
    : ChatChunk(Id, Created, Model, Choices);
