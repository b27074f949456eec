using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// What Gemini CLI's failures mean for a caller. Its error codes are HTTP statuses, but a 404 of Google's comes as 500 (0.61.0).
/// </summary>
internal static partial class GeminiErrors
{
    private const int AuthenticationRequired = -32000;

    public static CliFailureException Of(Exception exception) => exception switch
    {
        CliFailureException known => known,
        JsonRpcErrorException error => OfVendor(error),
        Win32Exception =>
            new CliFailureException(
                FailureKind.CliCrashed, "Gemini CLI could not be started on the machine of the tunnel.", inner: exception),
        JsonRpcClosedException or InvalidDataException or IOException or JsonException =>
            new CliFailureException(FailureKind.CliCrashed, $"Gemini CLI broke off: {CliText.Redact(exception.Message)}", inner: exception),
        _ => new CliFailureException(FailureKind.Internal, "The tunnel failed while it drove Gemini CLI.", inner: exception),
    };

    private static CliFailureException OfVendor(JsonRpcErrorException error)
    {
        var text = VendorText(error.Message);
        var kind = Kind(error.Code, text);
        var status = kind == FailureKind.UnknownModel ? 404 : error.Code is >= 400 and < 600 ? error.Code : 0;
        var wait = RetryAfter().Match(text);
        return new CliFailureException(kind, Explain(kind, CliText.Redact(text)), status, error)
        {
            RetryAfterSeconds = wait.Success ? (int)Math.Ceiling(double.Parse(wait.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) : 0,
        };
    }

    // Google's words decide where the CLI's code says less: it gives 500 for much that was none. A code below 400 is JSON-RPC's own.
    private static FailureKind Kind(int code, string text) => code switch
    {
        AuthenticationRequired => FailureKind.NotLoggedIn,
        400 when BadKey().IsMatch(text) => FailureKind.NotLoggedIn,
        400 or 500 when TooLong().IsMatch(text) => FailureKind.ContextTooLong,
        500 when UnknownModel().IsMatch(text) => FailureKind.UnknownModel,
        500 when Quota().IsMatch(text) => FailureKind.RateLimited,
        < 400 => FailureKind.CliCrashed,
        _ => VendorStatus.KindOf(code),
    };

    private static string Explain(FailureKind kind, string text) => kind switch
    {
        FailureKind.NotLoggedIn => $"Google refused Gemini CLI's login: {text}",
        FailureKind.Upstream when text == "terminated" => "Google's stream broke off before the answer was whole.",
        FailureKind.CliCrashed => $"Gemini CLI could not take the call: {text}",
        _ => text,
    };

    /// <summary>For some statuses the CLI hands on Google's whole body as JSON text: its message then.</summary>
    private static string VendorText(string message)
    {
        try
        {
            using var body = JsonDocument.Parse(message);
            var root =
                body.RootElement is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? list[0] : body.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var text))
            {
                message = text.ToString();
            }
        }
        catch (JsonException)
        {
            // Plain text already.
        }

        return message;
    }

    [GeneratedRegex(@"Suggested retry after (\d+(?:\.\d+)?)s")]
    private static partial Regex RetryAfter();

    [GeneratedRegex("API key (not valid|expired|not found)|API_KEY_INVALID|invalid api key", RegexOptions.IgnoreCase)]
    private static partial Regex BadKey();

    [GeneratedRegex(
        "exceeds the maximum number of tokens|input token count|context (window|length)|prompt is too long", RegexOptions.IgnoreCase)]
    private static partial Regex TooLong();

    [GeneratedRegex(
        @"\b404\b|(is|was) not found|NOT_FOUND|model not found|not supported for generateContent|no longer available",
        RegexOptions.IgnoreCase)]
    private static partial Regex UnknownModel();

    [GeneratedRegex("exhausted your (daily )?(quota|capacity)|RESOURCE_EXHAUSTED", RegexOptions.IgnoreCase)]
    private static partial Regex Quota();
}
