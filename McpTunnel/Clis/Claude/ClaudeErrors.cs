using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>The CLI's failures in the caller's terms.</summary>
internal static class ClaudeErrors
{
    public const string LogInHint = "Run `claude` and `/login` on the machine of the tunnel, or set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN.";

    private static readonly string[] Prefixes = ["Failed to authenticate. ", "API Error: Request rejected (429) · ", "API Error: "];

    /// <summary>Of a <c>result</c> line with <c>is_error</c>; its subtype says success all the same.</summary>
    public static CliFailureException Of(JsonElement result)
    {
        var status = (int)(result.CountOf("api_error_status") ?? 0);
        var text = result.TextOf("result") ?? string.Empty;
        var kind = Kind(status, text, result.TextOf("api_error_type"));
        return new CliFailureException(kind, Message(kind, Vendor(text, status)), status);
    }

    public static CliFailureException Crashed(string lastErrorLine) => new(
        FailureKind.CliCrashed,
        lastErrorLine.Length > 0 ? $"Claude Code ended unexpectedly: {CliText.Redact(lastErrorLine)}" : "Claude Code ended unexpectedly.");

    public static CliFailureException Garbage(Exception inner) =>
        new(FailureKind.CliCrashed, "Claude Code wrote something that is not its protocol.", inner: inner);

    public static CliFailureException DoesNotStart(Exception inner) =>
        new(FailureKind.CliCrashed, "Claude Code could not be started on the machine of the tunnel.", inner: inner);

    public static CliFailureException Silent(TimeSpan limit) =>
        new(FailureKind.CliCrashed, $"Claude Code did not take its set-up within {limit.TotalSeconds:0} s.");

    public static CliFailureException Refused(string setting, string reason) =>
        new(FailureKind.CliCrashed, $"Claude Code refused its {setting}: {CliText.Redact(reason)}");

    public static CliFailureException LockBroken(string what) =>
        new(FailureKind.LockBroken, $"The model or Claude Code reached for something that is not the caller's ({CliText.Redact(what)}); the turn was ended.");

    public static CliFailureException Cut() =>
        new(FailureKind.Upstream, "The vendor's stream broke off before the answer was whole.");

    /// <summary>An error after the first piece of the answer: the caller has seen a part, so that its kind is the vendor's stream.</summary>
    public static CliFailureException OfBroken(JsonElement result)
    {
        var cause = Of(result);
        var kind = cause.Kind is FailureKind.Overloaded or FailureKind.RateLimited ? cause.Kind : FailureKind.Upstream;
        return new CliFailureException(kind, $"The vendor's stream broke off: {cause.Message}", cause.VendorStatus);
    }

    public static CliFailureException TooOld(ClaudeCli cli) =>
        new(FailureKind.NoCli, $"Claude Code {cli.Version} is too old to be locked down: update it to {ClaudeCli.Oldest} or later (`claude update`).");

    public static CliFailureException NotInstalled() =>
        new(FailureKind.NoCli, "Claude Code is not installed on the machine of the tunnel.");

    private static FailureKind Kind(int status, string text, string? type) => status switch
    {
        _ when Says(text, "not logged in") || Says(text, "run /login") => FailureKind.NotLoggedIn,
        _ when Says(text, "prompt is too long") || Says(text, "context window") => FailureKind.ContextTooLong,
        401 or 403 => FailureKind.NotLoggedIn,
        404 => FailureKind.UnknownModel,
        429 => FailureKind.RateLimited,
        503 or 529 => FailureKind.Overloaded,
        413 => FailureKind.ContextTooLong,
        >= 400 and < 500 => FailureKind.InvalidRequest,
        >= 500 => FailureKind.Upstream,
        _ when type == "rate_limit_error" || Says(text, "usage limit") || Says(text, "limit reached") || Says(text, "hit your limit") => FailureKind.RateLimited,
        _ when type == "overloaded_error" || Says(text, "overloaded") => FailureKind.Overloaded,
        _ => FailureKind.Upstream,
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
