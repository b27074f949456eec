namespace Polydev.Broker.Companion;

internal static partial class CompanionLog
{
    [LoggerMessage(EventId = 2201, EventName = "RenewalFailed", Level = LogLevel.Warning,
        Message = "The key and the token of --with-tunnel could not be renewed; it is tried again in {Seconds} s.")]
    public static partial void RenewalFailed(ILogger logger, Exception exception, double seconds);
}
