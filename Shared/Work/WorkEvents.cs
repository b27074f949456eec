using Polydev.Protos.V1;

namespace Polydev.Shared.Work;

/// <summary>Makes and classifies events. Work id and sequence are set by whoever sends them.</summary>
public static class WorkEvents
{
    public static WorkEvent Started() => new() { Started = new Started() };

    public static WorkEvent Text(string text) => new() { Text = new TextDelta { Text = text } };

    public static WorkEvent Thinking(string text) => new() { Thinking = new ThinkingDelta { Text = text } };

    public static WorkEvent ToolCallStarted(string id, string name) =>
        new() { ToolCallStarted = new ToolCallStarted { Id = id, Name = name } };

    public static WorkEvent ToolCallArguments(string id, string json) =>
        new() { ToolCallArguments = new ToolCallArgumentsDelta { Id = id, Json = json } };

    public static WorkEvent ToolCallFinished(string id) => new() { ToolCallFinished = new ToolCallFinished { Id = id } };

    public static WorkEvent Finished(StopReason reason, string stopSequence = "") =>
        new() { Finished = new Finished { StopReason = reason, StopSequence = stopSequence } };

    public static WorkEvent Failed(FailureKind kind, string message, int vendorStatus = 0) =>
        new() { Failed = new Failed { Kind = kind, Message = message, VendorStatus = (uint)vendorStatus } };

    /// <summary>It may come inside a tool call, of which nothing more comes then.</summary>
    public static bool Cuts(this Finished finished) => finished.StopReason is StopReason.MaxTokens or StopReason.Refusal;

    public static bool IsFinal(this WorkEvent workEvent) =>
        workEvent.KindCase is WorkEvent.KindOneofCase.Finished or WorkEvent.KindOneofCase.Failed;

    /// <summary>What both have used.</summary>
    public static Usage Plus(this Usage first, Usage second) => new()
    {
        InputTokens = first.InputTokens + second.InputTokens,
        OutputTokens = first.OutputTokens + second.OutputTokens,
        CacheReadTokens = first.CacheReadTokens + second.CacheReadTokens,
        CacheWriteTokens = first.CacheWriteTokens + second.CacheWriteTokens,
        ThinkingTokens = first.ThinkingTokens + second.ThinkingTokens,
    };
}
