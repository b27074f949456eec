using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>A failure in OpenAI's words. The codes of what OpenAI does not know (a tunnel, a CLI) are ours.</summary>
internal sealed record OpenAiError(string Message, string Type, string? Param, string? Code)
{
    private const string InvalidRequest = "invalid_request_error";
    private const string ServerError = "server_error";

    public static OpenAiError Of(ApiError error)
    {
        var (type, code) = error.Kind switch
        {
            ApiErrorKind.InvalidRequest or ApiErrorKind.NotFound or ApiErrorKind.TooLarge => (InvalidRequest, null),
            ApiErrorKind.Unauthenticated => (InvalidRequest, "invalid_api_key"),
            ApiErrorKind.ModelNotFound => (InvalidRequest, "model_not_found"),
            ApiErrorKind.ResponseNotFound => (InvalidRequest, "previous_response_not_found"),
            ApiErrorKind.MethodNotAllowed => (InvalidRequest, "method_not_supported"),
            ApiErrorKind.ContextTooLong => (InvalidRequest, "context_length_exceeded"),
            ApiErrorKind.RateLimited => ("requests", "rate_limit_exceeded"),
            ApiErrorKind.Overloaded => (ServerError, "server_is_overloaded"),
            ApiErrorKind.TunnelOffline => (ServerError, "tunnel_offline"),
            ApiErrorKind.NoProvider => (ServerError, "no_matching_provider"),
            ApiErrorKind.NotLoggedIn => (ServerError, "provider_not_logged_in"),
            ApiErrorKind.TimedOut => (ServerError, "request_timed_out"),
            _ => (ServerError, (string?)null),
        };

        return new OpenAiError(error.Message, type, error.Param, code);
    }
}

/// <summary>OpenAI's error body; also the data of a chat stream that fails midway.</summary>
internal sealed record OpenAiErrorBody(OpenAiError Error)
{
    public static OpenAiErrorBody Of(ApiError error) => new(OpenAiError.Of(error));
}
