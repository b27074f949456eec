namespace Polydev.ModelProvider.Requests;

/// <summary>A tool result in the received history; <see cref="Text"/> joins its text parts.</summary>
public sealed record ReceivedToolResult(string CallId, string Text, bool IsError);
