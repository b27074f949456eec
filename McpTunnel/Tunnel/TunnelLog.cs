using Microsoft.Extensions.Logging;
using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// Log lines of the connection: addresses, ids and reasons, nothing of the content and never the token. The ids of works are the broker's
/// words, as the id of a session is: they are made plain here.
/// </summary>
internal static partial class TunnelLog
{
    [LoggerMessage(EventId = 3401, EventName = "Online", Level = LogLevel.Information,
        Message = "The tunnel to {Broker} is online (session {Session}).")]
    private static partial void OnlineLine(ILogger logger, Uri broker, string session);

    [LoggerMessage(EventId = 3402, EventName = "Offline", Level = LogLevel.Information,
        Message = "The tunnel is offline: {Reason} Next attempt in {Seconds:0.0} s.")]
    public static partial void Offline(ILogger logger, string reason, double seconds);

    [LoggerMessage(EventId = 3403, EventName = "RefusedForGood", Level = LogLevel.Information,
        Message = "The broker refused the tunnel for good: {Reason}")]
    public static partial void RefusedForGood(ILogger logger, string reason);

    [LoggerMessage(EventId = 3404, EventName = "Draining", Level = LogLevel.Information,
        Message = "The broker is going; {Running} calls finish on the old connection.")]
    public static partial void Draining(ILogger logger, int running);

    [LoggerMessage(EventId = 3405, EventName = "DuplicateWork", Level = LogLevel.Warning,
        Message = "Work {WorkId} came a second time while it runs; ignored.")]
    private static partial void DuplicateWorkLine(ILogger logger, string workId);

    [LoggerMessage(EventId = 3406, EventName = "BrokenChunks", Level = LogLevel.Warning,
        Message = "Work {WorkId} could not be put together from its chunks.")]
    private static partial void BrokenChunksLine(ILogger logger, Exception exception, string workId);

    [LoggerMessage(EventId = 3407, EventName = "PumpFailed", Level = LogLevel.Error,
        Message = "Work {WorkId} ended in a fault of the tunnel.")]
    private static partial void PumpFailedLine(ILogger logger, Exception exception, string workId);

    [LoggerMessage(EventId = 3408, EventName = "StateFolderFailed", Level = LogLevel.Error,
        Message = "The state folder {Folder} cannot be used.")]
    public static partial void StateFolderFailed(ILogger logger, Exception exception, string folder);

    [LoggerMessage(EventId = 3409, EventName = "UnknownFrame", Level = LogLevel.Debug,
        Message = "The broker sent a frame that this version does not know; ignored.")]
    public static partial void UnknownFrame(ILogger logger);

    [LoggerMessage(EventId = 3410, EventName = "EndingFailed", Level = LogLevel.Warning,
        Message = "A connection did not end cleanly.")]
    public static partial void EndingFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3411, EventName = "ConnectionFaulted", Level = LogLevel.Error,
        Message = "A connection failed in a way it should not.")]
    public static partial void ConnectionFaulted(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3412, EventName = "WriterFailed", Level = LogLevel.Warning,
        Message = "Nothing can be sent to the broker any more; the connection is given up.")]
    public static partial void WriterFailed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3413, EventName = "Unsendable", Level = LogLevel.Error,
        Message = "Work {WorkId}: an event that cannot be sent came to the writer; the item has failed.")]
    private static partial void UnsendableLine(ILogger logger, string workId);

    [LoggerMessage(EventId = 3414, EventName = "LoginChanged", Level = LogLevel.Information,
        Message = "The machine was logged in or out; the tunnel goes by that.")]
    public static partial void LoginChanged(ILogger logger);

    public static void Online(ILogger logger, Uri broker, string session)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            var plain = PlainText.Line(session);
            OnlineLine(logger, broker, plain);
        }
    }

    public static void DuplicateWork(ILogger logger, string workId) => DuplicateWorkLine(logger, PlainText.Line(workId));

    public static void BrokenChunks(ILogger logger, Exception exception, string workId) =>
        BrokenChunksLine(logger, exception, PlainText.Line(workId));

    public static void PumpFailed(ILogger logger, Exception exception, string workId) =>
        PumpFailedLine(logger, exception, PlainText.Line(workId));

    public static void Unsendable(ILogger logger, string workId) => UnsendableLine(logger, PlainText.Line(workId));
}
