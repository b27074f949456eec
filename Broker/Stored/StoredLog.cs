using Polydev.Protos.V1;

namespace Polydev.Broker.Stored;

/// <summary>Log lines of what tunnels hold for callers: nothing of what stands in it.</summary>
internal static partial class StoredLog
{
    [LoggerMessage(EventId = 1401, EventName = "StoreNotAnswered", Level = LogLevel.Information,
        Message = "A tunnel did not do what was asked of its stored responses ({Asked}): {Kind}")]
    public static partial void NotAnswered(ILogger logger, StoreRequest.KindOneofCase asked, FailureKind kind);
}
