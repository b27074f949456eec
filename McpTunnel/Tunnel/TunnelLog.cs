using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>Log lines of the connection: addresses, ids and reasons, nothing of the content and never the token.</summary>
internal static partial class TunnelLog
{
    [LoggerMessage(EventId = 3401, EventName = "Online", Level = LogLevel.Information,
        Message = "The tunnel to {Broker} is online (session {Session}).")]
    public static partial void Online(ILogger logger, Uri broker, string session);

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
    public static partial void DuplicateWork(ILogger logger, string workId);

    [LoggerMessage(EventId = 3406, EventName = "BrokenChunks", Level = LogLevel.Warning,
        Message = "Work {WorkId} could not be put together from its chunks.")]
    public static partial void BrokenChunks(ILogger logger, Exception exception, string workId);

    [LoggerMessage(EventId = 3407, EventName = "PumpFailed", Level = LogLevel.Error,
        Message = "Work {WorkId} ended in a fault of the tunnel.")]
    public static partial void PumpFailed(ILogger logger, Exception exception, string workId);

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
    public static partial void Unsendable(ILogger logger, string workId);
}
