using System.Globalization;
using System.Text.Json.Serialization;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Google's error, the same as a body and as the last object of a stream.</summary>
internal sealed record GoogleError(GoogleError.ErrorStatus Error)
{
    public static GoogleError Of(ApiError error) =>
        new(new ErrorStatus(error.Status, error.Message, StatusOf(error.Kind)) { Details = DetailsOf(error) });

    private static string StatusOf(ApiErrorKind kind) => kind switch
    {
        ApiErrorKind.InvalidRequest or ApiErrorKind.ContextTooLong or ApiErrorKind.TooLarge => "INVALID_ARGUMENT",
        ApiErrorKind.Unauthenticated => "UNAUTHENTICATED",
        ApiErrorKind.NotFound or ApiErrorKind.ModelNotFound => "NOT_FOUND",
        ApiErrorKind.MethodNotAllowed => "UNIMPLEMENTED",
        ApiErrorKind.RateLimited => "RESOURCE_EXHAUSTED",
        ApiErrorKind.TimedOut => "DEADLINE_EXCEEDED",
        ApiErrorKind.Internal => "INTERNAL",
        _ => "UNAVAILABLE",
    };

    private static List<Detail>? DetailsOf(ApiError error)
    {
        var details = new List<Detail>();
        if (error.Param is { Length: > 0 } field)
        {
            details.Add(new Detail("type.googleapis.com/google.rpc.BadRequest") { FieldViolations = [new Violation(field, error.Message)] });
        }

        if (error.RetryAfter is { } wait)
        {
            var seconds = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
            details.Add(new Detail("type.googleapis.com/google.rpc.RetryInfo") { RetryDelay = seconds + "s" });
        }

        return details.Count == 0 ? null : details;
    }

    internal sealed record ErrorStatus(int Code, string Message, string Status)
    {
        public IReadOnlyList<Detail>? Details { get; init; }
    }

    /// <summary>A google.rpc.BadRequest or google.rpc.RetryInfo.</summary>
    internal sealed record Detail([property: JsonPropertyName("@type")] string Type)
    {
        public IReadOnlyList<Violation>? FieldViolations { get; init; }

        /// <summary>Whole seconds: <c>30s</c>.</summary>
        public string? RetryDelay { get; init; }
    }

    internal sealed record Violation(string Field, string Description);
}
