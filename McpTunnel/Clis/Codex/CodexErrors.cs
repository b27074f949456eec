using System.ComponentModel;
using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>Codex's failures in the caller's terms, with the vendor's own text where it says something to the caller.</summary>
internal static partial class CodexErrors
{
    private const int InvalidParams = -32602;
    private const int InvalidRequest = -32600;

    public static CliFailureException Of(Exception exception) => exception switch
    {
        CliFailureException known => known,
        JsonRpcErrorException error => Refused(error),
        Win32Exception => NotStarted(exception),
        JsonRpcClosedException or IOException or InvalidDataException => Ended(exception),
        _ => new CliFailureException(FailureKind.Internal, "The tunnel failed while it drove Codex CLI.", inner: exception),
    };

    public static CliFailureException NotLoggedIn(string? missingVariable = null) => new(
        FailureKind.NotLoggedIn,
        missingVariable is null
            ? "Codex CLI is not logged in on the tunnel's machine. Run: codex login."
            : $"Codex CLI's provider needs the environment variable {missingVariable} on the tunnel's machine.");

    public static CliFailureException Ended(Exception cause) =>
        new(FailureKind.CliCrashed, $"Codex CLI ended before the answer was whole. {Clean(cause.Message)}".TrimEnd(), inner: cause);

    public static CliFailureException NotStarted(Exception cause) =>
        new(FailureKind.CliCrashed, $"Codex CLI could not be started. {Clean(cause.Message)}".TrimEnd(), inner: cause);

    public static CliFailureException Silent(TimeSpan limit) =>
        new(FailureKind.CliCrashed, $"Codex CLI did not take the conversation within {limit.TotalSeconds:0} s.");

    public static CliFailureException BadCall() =>
        new(FailureKind.Upstream, "The vendor's answer has a tool call that cannot be told from others.");

    /// <param name="error">The <c>error</c> of a failed turn or of an <c>error</c> notification.</param>
    /// <param name="retryAfterSeconds">Where Codex has told it; else 0.</param>
    public static CliFailureException Turn(JsonElement error, int retryAfterSeconds)
    {
        var message = error.TryGetProperty("message"u8, out var text) ? text.ToString() : string.Empty;
        var info = error.TryGetProperty("codexErrorInfo"u8, out var found) ? found : default;
        var body = BodyMessage(message);
        var (kind, status) = info.ValueKind == JsonValueKind.Object ? OfStatus(HttpStatus(info)) : OfName(info.ToString(), message, body);
        return new CliFailureException(kind, Clean(body ?? message), status)
        {
            RetryAfterSeconds = kind == FailureKind.RateLimited ? retryAfterSeconds : 0,
        };
    }

    // An error answer to one of our own calls. Only what the caller has sent is the caller's fault: a method that is not there, a thread
    // that is gone or a defect inside the CLI is none, and trying again may help.
    private static CliFailureException Refused(JsonRpcErrorException error)
    {
        var text = Clean(error.Message);
        return error.Code is InvalidParams or InvalidRequest && IsOfTheInput(error)
            ? new CliFailureException(FailureKind.InvalidRequest, $"Codex CLI refused the request: {text}", inner: error)
            : new CliFailureException(FailureKind.CliCrashed, $"Codex CLI could not take the call: {text}", inner: error);
    }

    // -32600 is its answer to nearly everything: the words tell whose fault it is (0.169.0). Parameters are the caller's content, unless
    // they name a thread or a turn, which are ours.
    private static bool IsOfTheInput(JsonRpcErrorException error) =>
        !Ours().IsMatch(error.Message) && (error.Code == InvalidParams || Input().IsMatch(error.Message));

    private static (FailureKind Kind, int Status) OfName(string name, string message, string? body) => name switch
    {
        "contextWindowExceeded" => (FailureKind.ContextTooLong, 400),
        "usageLimitExceeded" or "rateLimitExceeded" or "sessionBudgetExceeded" => OfStatus(429),
        "serverOverloaded" or "flexUnavailable" or "policyCapacityUnavailable" => OfStatus(503),
        "modelNotFound" => OfStatus(404),
        "unauthorized" => OfStatus(401),
        "badRequest" or "cyberPolicy" or "misalignmentPolicyViolation" or "inferenceHookDenied" => OfStatus(400),
        "internalServerError" => OfStatus(500),
        _ when message.StartsWith("Missing environment variable", StringComparison.Ordinal) => (FailureKind.NotLoggedIn, 0),

        _ when body is not null => OfStatus(400),

        // For most other statuses Codex tells no more than the words of its own log (0.169.0).
        _ when UnexpectedStatus().Match(message) is { Success: true } told => OfStatus(int.Parse(told.Groups[1].ValueSpan)),
        _ => (FailureKind.Upstream, 0),
    };

    // Of a 400, and of no other status, Codex hands on the vendor's body as its message (0.169.0).
    private static string? BodyMessage(string message)
    {
        if (!message.StartsWith('{'))
        {
            return null;
        }

        try
        {
            using var body = JsonDocument.Parse(message);
            return body.RootElement.TryGetProperty("error"u8, out var error) && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("message"u8, out var text)
                ? text.ToString()
                : null;
        }
        catch (JsonException)
        {
            // A text that only begins like one.
            return null;
        }
    }

    private static (FailureKind Kind, int Status) OfStatus(int status) => (VendorStatus.KindOf(status), status);

    // {"httpConnectionFailed":{"httpStatusCode":401}}, and others of that shape.
    private static int HttpStatus(JsonElement info)
    {
        foreach (var member in info.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Object && member.Value.TryGetProperty("httpStatusCode"u8, out var code)
                && code.ValueKind == JsonValueKind.Number)
            {
                return code.GetInt32();
            }
        }

        return 0;
    }

    // Codex puts the request's address and ids into its messages, and colors into its log lines.
    private static string Clean(string text) =>
        CliText.Redact(Addresses().Replace(Trailer().Replace(Colors().Replace(text, string.Empty), string.Empty), "…"));

    [GeneratedRegex(@"\b(thread|turn|session)\b.*\b(not found|not loaded)\b|\bthread id\b", RegexOptions.IgnoreCase)]
    private static partial Regex Ours();

    [GeneratedRegex(
        "exceeds the maximum length|unknown variant|remote image URL|image_url|data URL|^dynamic tool ", RegexOptions.IgnoreCase)]
    private static partial Regex Input();

    [GeneratedRegex(@"^unexpected status (\d{3})\b")]
    private static partial Regex UnexpectedStatus();

    [GeneratedRegex(@"\x1B\[[0-9;]*m")]
    private static partial Regex Colors();

    [GeneratedRegex(@",\s*(url|cf-ray|request id|auth error):.*$", RegexOptions.Singleline)]
    private static partial Regex Trailer();

    [GeneratedRegex(@"\b(https?|wss?)://\S+")]
    private static partial Regex Addresses();
}
