namespace Polydev.Broker.Errors;

/// <summary>A failure of one call, in no vendor's words yet.</summary>
/// <param name="Message">For the caller: what happened, and what to do.</param>
internal sealed record ApiError(ApiErrorKind Kind, string Message)
{
    // A caller's own words come back in some messages; nobody reads more.
    private const int LongestQuote = 1_000;

    /// <summary>The field at fault, as the caller wrote its path: <c>messages[0].content</c>.</summary>
    public string? Param { get; init; }

    /// <summary>For the vendor's SDK, which then knows how to go on by itself.</summary>
    public ApiErrorDetails? Details { get; init; }

    /// <summary>Sent in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Sent as <c>x-should-retry</c>, which the OpenAI and Anthropic SDKs obey; null leaves it to them.</summary>
    public bool? ShouldRetry { get; init; }

    /// <summary>
    /// The HTTP status that most vendors give this; a family may know better (Anthropic's 529). Set where one is meant that the kind alone
    /// does not say.
    /// </summary>
    public int Status { get => field > 0 ? field : StatusOf(Kind); init; }

    /// <summary>An invalid field, or one that names what is not there. What is longer than 1,000 characters is cut.</summary>
    public static ApiError Invalid(string param, string message, ApiErrorKind kind = ApiErrorKind.InvalidRequest) =>
        new(kind, Cut(message)) { Param = Cut(param) };

    // Half a surrogate pair is no text.
    private static string Cut(string text) => text.Length <= LongestQuote
        ? text
        : $"{text.AsSpan(0, char.IsHighSurrogate(text[LongestQuote - 1]) ? LongestQuote - 1 : LongestQuote)}…";

    private static int StatusOf(ApiErrorKind kind) => kind switch
    {
        ApiErrorKind.InvalidRequest or ApiErrorKind.ContextTooLong or ApiErrorKind.ResponseNotFound => StatusCodes.Status400BadRequest,
        ApiErrorKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        ApiErrorKind.NotFound or ApiErrorKind.ModelNotFound => StatusCodes.Status404NotFound,
        ApiErrorKind.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        ApiErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ApiErrorKind.RateLimited => StatusCodes.Status429TooManyRequests,
        ApiErrorKind.Overloaded or ApiErrorKind.TunnelOffline or ApiErrorKind.NoProvider => StatusCodes.Status503ServiceUnavailable,
        ApiErrorKind.NotLoggedIn => StatusCodes.Status503ServiceUnavailable,
        ApiErrorKind.TimedOut => StatusCodes.Status504GatewayTimeout,
        ApiErrorKind.Upstream => StatusCodes.Status502BadGateway,
        _ => StatusCodes.Status500InternalServerError,
    };
}

/// <param name="ErrorCode">The vendor's word.</param>
/// <param name="Unsupported">What of the API is not served.</param>
internal sealed record ApiErrorDetails(string ErrorCode, IReadOnlyList<string> Unsupported);

/// <summary>Everything that a call can fail of, before a vendor's family gives it that vendor's words.</summary>
internal enum ApiErrorKind
{
    InvalidRequest,
    Unauthenticated,
    NotFound,
    ModelNotFound,
    ResponseNotFound,
    MethodNotAllowed,
    TooLarge,
    ContextTooLong,
    RateLimited,
    Overloaded,
    TunnelOffline,
    NoProvider,
    NotLoggedIn,
    TimedOut,
    Upstream,
    Internal,
}

/// <summary>Ends a call with an error in its caller's dialect.</summary>
internal class ApiException(ApiError error) : Exception(error.Message)
{
    public ApiError Error { get; } = error;
}
