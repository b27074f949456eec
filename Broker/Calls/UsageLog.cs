namespace Polydev.Broker.Calls;

internal static partial class UsageLog
{
    [LoggerMessage(EventId = 2301, EventName = "CallsNotQueued", Level = LogLevel.Warning,
        Message = "{Calls} calls were not recorded since this was last said: they end faster than the database takes them.")]
    public static partial void NotQueued(ILogger logger, long calls);

    [LoggerMessage(EventId = 2302, EventName = "CallsNotWritten", Level = LogLevel.Error,
        Message = "{Calls} calls were not recorded: the database did not take them in {Attempts} attempts.")]
    public static partial void NotWritten(ILogger logger, Exception exception, int calls, int attempts);

    [LoggerMessage(EventId = 2303, EventName = "OldCallsNotDeleted", Level = LogLevel.Error,
        Message = "Recorded calls past their time could not be deleted; it is tried again in an hour.")]
    public static partial void NotDeleted(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 2304, EventName = "OldCallsDeleted", Level = LogLevel.Information,
        Message = "{Calls} recorded calls and {Totals} daily totals were past their time, and were deleted.")]
    public static partial void Deleted(ILogger logger, long calls, long totals);
}
