using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Clis;

/// <summary>Log lines of the detection.</summary>
internal static partial class CliCatalogLog
{
    [LoggerMessage(EventId = 3051, EventName = "DetectionFaulted", Level = LogLevel.Warning, Message = "The detection of {Provider} failed.")]
    public static partial void DetectionFaulted(ILogger logger, Exception exception, string provider);

    [LoggerMessage(EventId = 3052, EventName = "DetectionTooSlow", Level = LogLevel.Warning, Message = "The detection of {Provider} took more than {Seconds} s and was given up.")]
    public static partial void DetectionTooSlow(ILogger logger, string provider, double seconds);
}
