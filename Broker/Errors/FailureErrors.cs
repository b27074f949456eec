using Polydev.Protos.V1;

namespace Polydev.Broker.Errors;

/// <summary>What a failed turn means to the caller of the API.</summary>
internal static class FailureErrors
{
    /// <summary>The SDKs retry by themselves what resets within this time; the rest must not become three CLI runs.</summary>
    private static readonly TimeSpan WorthRetrying = TimeSpan.FromSeconds(60);

    public static ApiError Of(Failed failed)
    {
        var retryAfter = failed.RetryAfterSeconds > 0 ? TimeSpan.FromSeconds(failed.RetryAfterSeconds) : (TimeSpan?)null;
        var message = string.IsNullOrWhiteSpace(failed.Message) ? WordsFor(failed.Kind) : failed.Message;
        var error = new ApiError(KindOf(failed.Kind), message) { RetryAfter = retryAfter };
        return failed.Kind switch
        {
            FailureKind.RateLimited => error with { ShouldRetry = retryAfter is { } wait && wait <= WorthRetrying },
            FailureKind.Busy => error with { RetryAfter = retryAfter ?? TimeSpan.FromSeconds(5) },
            FailureKind.TimedOut or FailureKind.NotLoggedIn or FailureKind.NoCli or FailureKind.LockBroken =>
                error with { ShouldRetry = false },
            _ => error,
        };
    }

    // A tunnel tells it in words of its own; one that does not leaves its caller with whose fault it is.
    private static string WordsFor(FailureKind kind)
    {
        var whose = kind switch
        {
            FailureKind.CliCrashed or FailureKind.LockBroken or FailureKind.NoCli or FailureKind.NotLoggedIn or FailureKind.TimedOut =>
                "The CLI",
            FailureKind.Upstream or FailureKind.RateLimited or FailureKind.Overloaded or FailureKind.UnknownModel
                or FailureKind.ContextTooLong or FailureKind.InvalidRequest => "The CLI's vendor",
            _ => "The tunnel",
        };
        return $"{whose} failed this call, and nothing more was told of it.";
    }

    private static ApiErrorKind KindOf(FailureKind kind) => kind switch
    {
        FailureKind.NotLoggedIn => ApiErrorKind.NotLoggedIn,
        FailureKind.NoCli => ApiErrorKind.NoProvider,
        FailureKind.RateLimited => ApiErrorKind.RateLimited,
        FailureKind.Overloaded or FailureKind.Busy => ApiErrorKind.Overloaded,
        FailureKind.UnknownModel => ApiErrorKind.ModelNotFound,
        FailureKind.ContextTooLong => ApiErrorKind.ContextTooLong,
        FailureKind.InvalidRequest => ApiErrorKind.InvalidRequest,
        FailureKind.TimedOut => ApiErrorKind.TimedOut,
        // Also of kinds that this broker does not know: whatever a tunnel says, it is no defect of the broker's.
        _ => ApiErrorKind.Upstream,
    };
}
