namespace Polydev.Broker.Keys;

internal static partial class KeysLog
{
    [LoggerMessage(EventId = 2101, EventName = "CredentialRevokedElsewhere", Level = LogLevel.Information,
        Message = "Credential {CredentialId} was revoked by another process; its streams end.")]
    public static partial void RevokedElsewhere(ILogger logger, string credentialId);

    [LoggerMessage(EventId = 2102, EventName = "RevocationCheckFailed", Level = LogLevel.Error,
        Message = "The check for revoked credentials failed; it is tried again in a second.")]
    public static partial void CheckFailed(ILogger logger, Exception exception);
}
