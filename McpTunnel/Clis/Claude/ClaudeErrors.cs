using System.ComponentModel;
using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Claude Code's failures in the caller's terms.</summary>
internal static class ClaudeErrors
{
    private const string LogInHint =
        "Run `claude` and `/login` on the machine of the tunnel, or set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN.";

    private static readonly string[] Prefixes = ["Failed to authenticate. ", "API Error: Request rejected (429) · ", "API Error: "];

    public static CliFailureException Of(Exception exception) => exception switch
    {
        CliFailureException known => known,
        Win32Exception => DoesNotStart(exception),
        JsonException or InvalidDataException =>
            new CliFailureException(FailureKind.CliCrashed, "Claude Code wrote something that is not its protocol.", inner: exception),
        IOException => new CliFailureException(FailureKind.CliCrashed, "Claude Code ended unexpectedly.", inner: exception),
        _ => new CliFailureException(FailureKind.Internal, "The tunnel failed while it drove Claude Code.", inner: exception),
    };

    /// <summary>Of a <c>result</c> line with <c>is_error</c>; its subtype says success all the same.</summary>
    public static CliFailureException Of(JsonElement result)
    {
        var status = (int)(result.CountOf("api_error_status") ?? 0);
        var text = result.TextOf("result") ?? string.Empty;
        var kind = Kind(status, text, result.TextOf("api_error_type"));
        return new CliFailureException(kind, Message(kind, Vendor(text, status)), status);
    }

    /// <summary>
    /// An error after the first piece of the answer: the caller has seen a part, so that its kind is the vendor's stream.
    /// </summary>
    public static CliFailureException OfBroken(JsonElement result)
    {
        var cause = Of(result);
        var kind = cause.Kind is FailureKind.Overloaded or FailureKind.RateLimited ? cause.Kind : FailureKind.Upstream;
        return new CliFailureException(kind, $"The vendor's stream broke off: {cause.Message}", cause.VendorStatus);
    }

    public static CliFailureException Crashed(string lastErrorLine) => new(
        FailureKind.CliCrashed,
        lastErrorLine.Length > 0 ? $"Claude Code ended unexpectedly: {CliText.Redact(lastErrorLine)}" : "Claude Code ended unexpectedly.");

    public static CliFailureException DoesNotStart(Exception inner) =>
        new(FailureKind.CliCrashed, "Claude Code could not be started on the machine of the tunnel.", inner: inner);

    public static CliFailureException Silent(TimeSpan limit) =>
        new(FailureKind.CliCrashed, $"Claude Code did not take the conversation within {limit.TotalSeconds:0} s.");

    public static CliFailureException Refused(string setting, string reason) =>
        new(FailureKind.CliCrashed, $"Claude Code refused its {setting}: {CliText.Redact(reason)}");

    public static CliFailureException Cut() =>
        new(FailureKind.Upstream, "The vendor's stream broke off before the answer was whole.");

    public static CliFailureException ToolsNotTaken() =>
        new(FailureKind.CliCrashed, "Claude Code did not take over all of the caller's tools.");

    public static CliFailureException BadCall() =>
        new(FailureKind.Upstream, "The vendor's stream has a tool call that cannot be told from others, or that is not streamed.");

    public static CliFailureException NotLoggedIn() => new(FailureKind.NotLoggedIn, $"Claude Code is not logged in. {LogInHint}");

    // Where the status says less than the words, or there is none, the words decide.
    private static FailureKind Kind(int status, string text, string? type) => status switch
    {
        _ when Says(text, "not logged in") || Says(text, "run /login") => FailureKind.NotLoggedIn,
        _ when Says(text, "prompt is too long") || Says(text, "context window") => FailureKind.ContextTooLong,
        0 when type == "rate_limit_error" || Says(text, "usage limit") || Says(text, "limit reached") || Says(text, "hit your limit") =>
            FailureKind.RateLimited,
        0 when type == "overloaded_error" || Says(text, "overloaded") => FailureKind.Overloaded,
        _ => VendorStatus.KindOf(status),
    };

    private static string Message(FailureKind kind, string vendor) => kind switch
    {
        // After the dot stands what to do at the CLI's own terminal.
        FailureKind.NotLoggedIn => $"Claude Code is not logged in, or its login was refused ({vendor.Split(" · ")[0]}). {LogInHint}",
        _ => vendor,
    };

    // The CLI wraps the vendor's text for a person at its terminal.
    private static string Vendor(string text, int status)
    {
        foreach (var prefix in Prefixes)
        {
            text = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;
        }

        var code = $"{status} ";
        text = status != 0 && text.StartsWith(code, StringComparison.Ordinal) ? text[code.Length..] : text;
        var advice = text.IndexOf(" This is a server-side issue", StringComparison.Ordinal);
        text = CliText.Redact(advice < 0 ? text : text[..advice]);
        return text.Length == 0 ? "The vendor gave no reason." : text;
    }

    private static bool Says(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
}
