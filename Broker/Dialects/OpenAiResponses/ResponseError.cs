using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>The error of a failed response. Its codes are OpenAI's closed list (ResponseErrorCode), smaller than that of its error bodies.</summary>
internal sealed record ResponseError(string Code, string Message)
{
    public static ResponseError Of(ApiError error) => new(CodeOf(error.Kind), error.Message);

    private static string CodeOf(ApiErrorKind kind) => kind switch
    {
        ApiErrorKind.RateLimited => "rate_limit_exceeded",
        ApiErrorKind.InvalidRequest or ApiErrorKind.ContextTooLong or ApiErrorKind.TooLarge => "invalid_prompt",
        _ => "server_error",
    };
}
