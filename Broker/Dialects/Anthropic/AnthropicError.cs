using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Anthropic's error, the same as a body and as the <c>error</c> event of a stream.</summary>
internal sealed record AnthropicError(AnthropicError.Detail Error, string RequestId)
{
    public string Type { get; } = "error";

    public static AnthropicError Of(ApiError error, string requestId) => new(new Detail(TypeOf(error.Kind), error.Message), requestId);

    private static string TypeOf(ApiErrorKind kind) => kind switch
    {
        ApiErrorKind.InvalidRequest or ApiErrorKind.ContextTooLong or ApiErrorKind.MethodNotAllowed => "invalid_request_error",
        ApiErrorKind.Unauthenticated => "authentication_error",
        ApiErrorKind.NotFound or ApiErrorKind.ModelNotFound => "not_found_error",
        ApiErrorKind.TooLarge => "request_too_large",
        ApiErrorKind.RateLimited => "rate_limit_error",
        ApiErrorKind.Overloaded => "overloaded_error",
        ApiErrorKind.TimedOut => "timeout_error",
        _ => "api_error",
    };

    internal sealed record Detail(string Type, string Message);
}
