namespace Polydev.ModelProvider.Requests;

/// <summary>A tool call in the received history.</summary>
public sealed record ReceivedToolCall(string Id, string Name, string ArgumentsJson);
