namespace Polydev.Broker.SignIn.OpenId;

internal static partial class OpenIdLog
{
    [LoggerMessage(EventId = 1201, EventName = "ProviderNotAnswering", Level = LogLevel.Warning,
        Message = "The OpenID Connect provider {Authority} does not answer: {Reason} Nobody can sign in with it until it does; it is asked "
            + "again every {Seconds} s.")]
    public static partial void NotAnswering(ILogger logger, string authority, string reason, double seconds);

    [LoggerMessage(EventId = 1202, EventName = "ProviderAnswers", Level = LogLevel.Information,
        Message = "The OpenID Connect provider {Authority} answers.")]
    public static partial void Answers(ILogger logger, string authority);

    [LoggerMessage(EventId = 1203, EventName = "ProviderRefused", Level = LogLevel.Warning,
        Message = "A sign-in came back from the OpenID Connect provider {Authority} and failed: {Reason}")]
    public static partial void Refused(ILogger logger, string authority, string reason);
}
