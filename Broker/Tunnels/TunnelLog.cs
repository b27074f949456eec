namespace Polydev.Broker.Tunnels;

/// <summary>Log lines of the tunnels' connections.</summary>
internal static partial class TunnelLog
{
    [LoggerMessage(EventId = 2001, EventName = "TunnelOnline", Level = LogLevel.Information,
        Message = "Tunnel {TunnelId} on {MachineName} is online as session {SessionId} of account {AccountId}.")]
    public static partial void Online(ILogger logger, string tunnelId, string machineName, string sessionId, string accountId);

    [LoggerMessage(EventId = 2002, EventName = "TunnelOffline", Level = LogLevel.Information,
        Message = "Session {SessionId} has ended: {Reason}.")]
    public static partial void Offline(ILogger logger, string sessionId, string reason);

    [LoggerMessage(EventId = 2003, EventName = "TunnelRefused", Level = LogLevel.Warning, Message = "A tunnel was refused: {Reason}.")]
    public static partial void Refused(ILogger logger, string reason);
}
