namespace Polydev.Broker.Api;

/// <summary>Log lines of the API: ids, models, sizes and durations; nothing of the content.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(EventId = 1001, EventName = "Unexpected", Level = LogLevel.Error, Message = "Request {RequestId} met a defect.")]
    public static partial void Unexpected(ILogger logger, Exception exception, string requestId);

    [LoggerMessage(EventId = 1002, EventName = "Completed", Level = LogLevel.Information,
        Message = "{RequestId}: {Dialect} {Model} by {Provider}, {Outcome} in {Milliseconds:0} ms, {InputTokens} in, {OutputTokens} out.")]
    public static partial void Completed(
        ILogger logger, string requestId, string dialect, string model, string provider, string outcome, double milliseconds, ulong inputTokens, ulong outputTokens);
}
