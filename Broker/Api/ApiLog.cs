namespace Polydev.Broker.Api;

/// <summary>Log lines of the API: ids, models, sizes and durations; nothing of the content.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(EventId = 1001, EventName = "Unexpected", Level = LogLevel.Error, Message = "Request {RequestId} met a defect.")]
    public static partial void Unexpected(ILogger logger, Exception exception, string requestId);

    [LoggerMessage(EventId = 1003, EventName = "NoDatabase", Level = LogLevel.Error,
        Message = "Request {RequestId} failed: the database did not do its part.")]
    public static partial void NoDatabase(ILogger logger, Exception exception, string requestId);

    /// <summary>One for each call, however it ended.</summary>
    [LoggerMessage(EventId = 1002, EventName = "CallEnded", Level = LogLevel.Information,
        Message = "{RequestId}: {Dialect} {Model} by {Provider}: {Status} {Outcome} in {Milliseconds:0} ms (first token {FirstToken:0}), "
            + "{InputTokens} in, {OutputTokens} out.")]
    public static partial void Ended(
        ILogger logger,
        string requestId,
        string dialect,
        string model,
        string provider,
        int status,
        string outcome,
        double milliseconds,
        double? firstToken,
        ulong inputTokens,
        ulong outputTokens);
}
