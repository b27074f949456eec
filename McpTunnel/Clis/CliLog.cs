using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Clis;

/// <summary>Log lines of the adapters: ids, versions and kinds, nothing of the content.</summary>
internal static partial class CliLog
{
    [LoggerMessage(EventId = 3001, EventName = "WarmUpFailed", Level = LogLevel.Warning, Message = "A warm CLI session could not be started.")]
    public static partial void WarmUpFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3002, EventName = "EndingFailed", Level = LogLevel.Warning, Message = "A CLI session did not end cleanly.")]
    public static partial void EndingFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3003, EventName = "DetectionFailed", Level = LogLevel.Warning, Message = "The state of {Provider} could not be found out.")]
    public static partial void DetectionFailed(ILogger logger, string provider, Exception exception);

    [LoggerMessage(EventId = 3004, EventName = "SessionWaits", Level = LogLevel.Debug, Message = "A warm CLI session waits for its call.")]
    public static partial void SessionWaits(ILogger logger);
}
