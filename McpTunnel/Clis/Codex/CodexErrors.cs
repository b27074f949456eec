using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>Codex's failures -> ours, with the vendor's own text where it says something to the caller.</summary>
internal static partial class CodexErrors
{
    public static CliFailureException LockBroken(string what) =>
        new(FailureKind.LockBroken, $"The model reached for a tool that the caller did not give it ({what}); the turn was ended.");

    public static CliFailureException NotLoggedIn(string? missingVariable = null) => new(
        FailureKind.NotLoggedIn,
        missingVariable is null
            ? "Codex CLI is not logged in on the tunnel's machine. Run: codex login."
            : $"Codex CLI's provider needs the environment variable {missingVariable} on the tunnel's machine.",
        401);

    public static CliFailureException Ended(Exception cause) =>
        new(FailureKind.CliCrashed, $"Codex CLI ended before the answer was whole. {Clean(cause.Message)}".TrimEnd(), inner: cause);

    public static CliFailureException NotStarted(Exception cause) =>
        new(FailureKind.CliCrashed, $"Codex CLI could not be started. {Clean(cause.Message)}".TrimEnd(), inner: cause);

    public static CliFailureException Silent(TimeSpan limit) =>
        new(FailureKind.CliCrashed, $"Codex CLI did not take the conversation within {limit.TotalSeconds:0} s.");

    /// <summary>An error answer to one of our own calls.</summary>
    public static CliFailureException Refused(JsonRpcErrorException error) =>
        new(FailureKind.InvalidRequest, $"Codex CLI refused the request: {Clean(error.Message)}", 400, error);

    /// <param name="error">The <c>error</c> of a failed turn or of an <c>error</c> notification.</param>
    /// <param name="retryAfterSeconds">Where Codex has told it; else 0.</param>
    public static CliFailureException Turn(JsonElement error, int retryAfterSeconds)
    {
        var message = error.TryGetProperty("message"u8, out var text) ? text.ToString() : string.Empty;
        var info = error.TryGetProperty("codexErrorInfo"u8, out var found) ? found : default;
        var (kind, status) = info.ValueKind == JsonValueKind.Object ? OfStatus(HttpStatus(info)) : OfName(info.ToString(), message);
        return new CliFailureException(kind, Clean(message), status) { RetryAfterSeconds = kind == FailureKind.RateLimited ? retryAfterSeconds : 0 };
    }

    private static (FailureKind Kind, int Status) OfName(string name, string message) => name switch
    {
        "contextWindowExceeded" => (FailureKind.ContextTooLong, 400),
        "usageLimitExceeded" or "rateLimitExceeded" or "sessionBudgetExceeded" => (FailureKind.RateLimited, 429),
        "serverOverloaded" or "flexUnavailable" or "policyCapacityUnavailable" => (FailureKind.Overloaded, 503),
        "modelNotFound" => (FailureKind.UnknownModel, 404),
        "unauthorized" => (FailureKind.NotLoggedIn, 401),
        "badRequest" or "cyberPolicy" or "misalignmentPolicyViolation" or "inferenceHookDenied" => (FailureKind.InvalidRequest, 400),
        "internalServerError" => (FailureKind.Upstream, 500),
        _ when message.StartsWith("Missing environment variable", StringComparison.Ordinal) => (FailureKind.NotLoggedIn, 401),
        _ => (FailureKind.Upstream, 0),
    };

    private static (FailureKind Kind, int Status) OfStatus(int status) => status switch
    {
        401 or 403 => (FailureKind.NotLoggedIn, status),
        429 => (FailureKind.RateLimited, status),
        503 or 529 => (FailureKind.Overloaded, status),
        400 or 413 or 422 => (FailureKind.InvalidRequest, status),
        _ => (FailureKind.Upstream, status),
    };

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
    private static string Clean(string text) => CliText.Redact(Addresses().Replace(Trailer().Replace(Colors().Replace(text, string.Empty), string.Empty), "…"));

    [GeneratedRegex(@"\x1B\[[0-9;]*m")]
    private static partial Regex Colors();

    [GeneratedRegex(@",\s*(url|cf-ray|request id|auth error):.*$", RegexOptions.Singleline)]
    private static partial Regex Trailer();

    [GeneratedRegex(@"\b(https?|wss?)://\S+")]
    private static partial Regex Addresses();
}
