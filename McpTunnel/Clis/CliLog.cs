using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Clis;

/// <summary>Log lines of the adapters and of the detection: ids, versions and kinds, nothing of the content.</summary>
internal static partial class CliLog
{
    [LoggerMessage(EventId = 3001, EventName = "WarmUpFailed", Level = LogLevel.Warning,
        Message = "A warm CLI session could not be started.")]
    public static partial void WarmUpFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3002, EventName = "EndingFailed", Level = LogLevel.Warning, Message = "A CLI session did not end cleanly.")]
    public static partial void EndingFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3004, EventName = "SessionWaits", Level = LogLevel.Debug, Message = "A warm CLI session waits for its call.")]
    public static partial void SessionWaits(ILogger logger);

    [LoggerMessage(EventId = 3005, EventName = "ModelsUnreadable", Level = LogLevel.Warning,
        Message = "The bundled models of {Provider} could not be read; only the product's own are offered.")]
    public static partial void ModelsUnreadable(ILogger logger, string provider, Exception exception);

    [LoggerMessage(EventId = 3021, EventName = "LockBroke", Level = LogLevel.Warning,
        Message = "The lock of {Provider} was broken: every process of every CLI is ended.")]
    public static partial void LockBroke(ILogger logger, string provider);

    [LoggerMessage(EventId = 3022, EventName = "CallNotForgotten", Level = LogLevel.Warning,
        Message = "What a call left in the private home of {Provider} could not be removed: its process serves no other call.")]
    public static partial void CallNotForgotten(ILogger logger, string provider, Exception exception);

    [LoggerMessage(EventId = 3051, EventName = "DetectionFaulted", Level = LogLevel.Warning,
        Message = "The detection of {Provider} failed.")]
    public static partial void DetectionFaulted(ILogger logger, Exception exception, string provider);

    [LoggerMessage(EventId = 3052, EventName = "DetectionTooSlow", Level = LogLevel.Warning,
        Message = "The detection of {Provider} took more than {Seconds} s and was given up.")]
    public static partial void DetectionTooSlow(ILogger logger, string provider, double seconds);

    [LoggerMessage(EventId = 3053, EventName = "LookFailed", Level = LogLevel.Warning,
        Message = "The files of {Provider} could not be looked at.")]
    public static partial void LookFailed(ILogger logger, Exception exception, string provider);
}
