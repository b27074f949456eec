using Polydev.Protos.V1;

namespace Polydev.Shared.Work;

/// <summary>Makes and classifies events. Work id and sequence are set by whoever sends them.</summary>
public static class WorkEvents
{
    public static WorkEvent Started() => new() { Started = new Started() };

    public static WorkEvent Text(string text) => new() { Text = new TextDelta { Text = text } };

    public static WorkEvent Thinking(string text) => new() { Thinking = new ThinkingDelta { Text = text } };

    public static WorkEvent Finished(StopReason reason, string stopSequence = "") =>
        new() { Finished = new Finished { StopReason = reason, StopSequence = stopSequence } };

    public static WorkEvent Failed(FailureKind kind, string message, int vendorStatus = 0) =>
        new() { Failed = new Failed { Kind = kind, Message = message, VendorStatus = (uint)vendorStatus } };

    public static bool IsFinal(this WorkEvent workEvent) =>
        workEvent.KindCase is WorkEvent.KindOneofCase.Finished or WorkEvent.KindOneofCase.Failed;
}
