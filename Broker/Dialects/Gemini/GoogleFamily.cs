using System.Buffers;
using System.Globalization;
using System.Text.Json.Serialization;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Google's errors (google.rpc.Status as JSON) and model lists (docs: Gemini API, "Models").</summary>
internal sealed class GoogleFamily : IApiFamily
{
    public string Name => "google";

    public string? RequestIdHeader => null;

    // As Google's front end does on each answer of its APIs, in whole milliseconds.
    public void SetHeaders(IHeaderDictionary headers, TimeSpan took, string? accountId) =>
        headers["server-timing"] = string.Create(CultureInfo.InvariantCulture, $"gfet4t7; dur={(long)took.TotalMilliseconds}");

    public int StatusOf(ApiError error) => error.Status;

    public void WriteError(IBufferWriter<byte> output, ApiError error, string requestId) =>
        JsonOutput.Write(output, GoogleError.Of(error), GeminiJson.Default.GoogleError);

    public void WriteModels(IBufferWriter<byte> output, IReadOnlyList<ListedModel> models) =>
        JsonOutput.Write(output, new GoogleModel.Page([.. models.Select(GoogleModel.Of)]), GeminiJson.Default.Page);

    public void WriteModel(IBufferWriter<byte> output, ListedModel model) =>
        JsonOutput.Write(output, GoogleModel.Of(model), GeminiJson.Default.GoogleModel);
}

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
            var violation = new Violation(field, error.Message);
            details.Add(new Detail("type.googleapis.com/google.rpc.BadRequest") { FieldViolations = [violation] });
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

/// <summary>A model as Google lists it.</summary>
internal sealed record GoogleModel(string Name, string DisplayName, string Description)
{
    private static readonly string[] Methods = ["generateContent", "streamGenerateContent", "countTokens"];

    /// <summary>Google's word for a model without revisions; no CLI tells one.</summary>
    public string Version { get; } = "001";

    /// <summary>In tokens; null where the vendor's figure is not known.</summary>
    public int? InputTokenLimit { get; init; }

    public int? OutputTokenLimit { get; init; }

    public IReadOnlyList<string> SupportedGenerationMethods { get; } = Methods;

    public bool Thinking { get; init; }

    public static GoogleModel Of(ListedModel model) => new(
        $"models/{model.Id}", model.DisplayName, $"Answered by the {model.Provider} CLI of a connected tunnel.")
    {
        InputTokenLimit = model.Limits?.Input,
        OutputTokenLimit = model.Limits?.Output,
        Thinking = model.Honours.Contains(RequestFeatures.Thinking),
    };

    /// <summary>The list: always one whole page, so without a <c>nextPageToken</c>.</summary>
    internal sealed record Page(IReadOnlyList<GoogleModel> Models);
}
