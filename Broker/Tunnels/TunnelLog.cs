using Polydev.Shared.Text;

namespace Polydev.Broker.Tunnels;

/// <summary>Log lines of the tunnels' connections. What a tunnel says of itself is made plain here.</summary>
internal static partial class TunnelLog
{
    [LoggerMessage(EventId = 2001, EventName = "TunnelOnline", Level = LogLevel.Information,
        Message = "Tunnel {TunnelId} on {MachineName} is online as session {SessionId} of account {AccountId}.")]
    private static partial void OnlineLine(ILogger logger, string tunnelId, string machineName, string sessionId, string accountId);

    [LoggerMessage(EventId = 2002, EventName = "TunnelOffline", Level = LogLevel.Information,
        Message = "Session {SessionId} has ended: {Reason}.")]
    public static partial void Offline(ILogger logger, string sessionId, string reason);

    [LoggerMessage(EventId = 2003, EventName = "TunnelRefused", Level = LogLevel.Warning, Message = "A tunnel was refused: {Reason}.")]
    private static partial void RefusedLine(ILogger logger, string reason);

    [LoggerMessage(EventId = 2004, EventName = "RulesUnread", Level = LogLevel.Warning,
        Message = "What callers may use on the machine of session {SessionId} could not be read; the connection is closed.")]
    public static partial void RulesUnread(ILogger logger, Exception exception, string sessionId);

    public static void Online(ILogger logger, string tunnelId, string machineName, string sessionId, string accountId)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            var (tunnel, machine) = (PlainText.Line(tunnelId), PlainText.Line(machineName));
            OnlineLine(logger, tunnel, machine, sessionId, accountId);
        }
    }

    public static void Refused(ILogger logger, string reason) => RefusedLine(logger, PlainText.Line(reason, PlainText.LongestMessage));
}
