using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Work;

/// <summary>Log lines about items: ids and kinds, nothing of the content.</summary>
internal static partial class WorkLog
{
    [LoggerMessage(EventId = 3101, EventName = "AdapterFaulted", Level = LogLevel.Error,
        Message = "Work {WorkId}: the {Provider} adapter failed in a way it should not.")]
    public static partial void AdapterFaulted(ILogger logger, Exception exception, string workId, string provider);

    [LoggerMessage(EventId = 3102, EventName = "IllegalEvent", Level = LogLevel.Error,
        Message = "Work {WorkId}: the adapter broke the grammar of events: {Wrong}.")]
    public static partial void IllegalEvent(ILogger logger, string workId, string wrong);

    [LoggerMessage(EventId = 3103, EventName = "EndedWithoutFinal", Level = LogLevel.Error,
        Message = "Work {WorkId}: the {Provider} adapter stopped without a final event.")]
    public static partial void EndedWithoutFinal(ILogger logger, string workId, string provider);

    [LoggerMessage(EventId = 3104, EventName = "AdapterEndedBadly", Level = LogLevel.Warning,
        Message = "Work {WorkId}: the {Provider} adapter did not clean up without error.")]
    public static partial void AdapterEndedBadly(ILogger logger, Exception exception, string workId, string provider);
}
