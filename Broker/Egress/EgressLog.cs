namespace Polydev.Broker.Egress;

/// <summary>Log lines of fetching: hosts, without the rest of an address, which may be a secret; nothing of what lies there.</summary>
internal static partial class EgressLog
{
    [LoggerMessage(EventId = 1301, EventName = "AddressRefused", Level = LogLevel.Debug,
        Message = "A picture or document at {Host} was not fetched: {Reason}")]
    public static partial void Refused(ILogger logger, string host, string reason);
}
