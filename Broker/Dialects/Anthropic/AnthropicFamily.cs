using System.Buffers;
using System.Text.Json.Serialization;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Anthropic's errors and model lists (docs: API reference, "Errors" and "List Models").</summary>
internal sealed class AnthropicFamily : IApiFamily
{
    /// <summary>Anthropic's own status for an overloaded API.</summary>
    private const int StatusOverloaded = 529;

    private readonly OrganizationIds _organizations = new();

    public string Name => "anthropic";

    public string? RequestIdHeader => "request-id";

    // Docs: API overview, "Response headers". Of nobody's key there is no organization.
    public void SetHeaders(IHeaderDictionary headers, TimeSpan took, string? accountId)
    {
        if (accountId is not null)
        {
            headers["anthropic-organization-id"] = _organizations.Of(accountId);
        }
    }

    public int StatusOf(ApiError error) => error.Kind == ApiErrorKind.Overloaded ? StatusOverloaded : error.Status;

    public void WriteError(IBufferWriter<byte> output, ApiError error, string requestId) =>
        JsonOutput.Write(output, AnthropicError.Of(error, requestId), AnthropicJson.Default.AnthropicError);

    public void WriteModels(IBufferWriter<byte> output, IReadOnlyList<ListedModel> models) =>
        JsonOutput.Write(output, new AnthropicModel.Page([.. models.Select(AnthropicModel.Of)]), AnthropicJson.Default.Page);

    public void WriteModel(IBufferWriter<byte> output, ListedModel model) =>
        JsonOutput.Write(output, AnthropicModel.Of(model), AnthropicJson.Default.AnthropicModel);
}

/// <summary>Anthropic's error, the same as a body and as the <c>error</c> event of a stream.</summary>
internal sealed record AnthropicError(AnthropicError.Detail Error, string RequestId)
{
    public string Type { get; } = "error";

    public static AnthropicError Of(ApiError error, string requestId) =>
        new(new Detail(TypeOf(error.Kind), error.Message) { Details = error.Details }, requestId);

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

    internal sealed record Detail(string Type, string Message)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public ApiErrorDetails? Details { get; init; }
    }
}
