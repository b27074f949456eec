using System.Text.Json;
using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// What makes the CLI a plain model: no tools, no settings, no memory, no servers, no commands, no files (2.1.197 and 2.1.330,
/// each switch seen to work on the wire).
/// </summary>
internal static class ClaudeLock
{
    private static readonly string[] Flags =
    [
        "-p",
        "--input-format", "stream-json",
        "--output-format", "stream-json",
        "--include-partial-messages",
        "--verbose",
        "--tools", "",
        "--strict-mcp-config",
        "--setting-sources", "",
        "--no-session-persistence",
        "--disable-slash-commands",
        "--permission-mode", "dontAsk",
    ];

    // Spent by the first model call, which it does not stop: so there is no second one, neither after max_tokens, where
    // the CLI would ask for more by itself, nor after a tool call (2.1.330).
    private static readonly string[] OneCall = ["--max-budget-usd", "0.000000001"];

    // A budget that is spent ends the turn before the CLI has looked at the answer's headers: it would never tell a subscription's windows.
    // This ends it after a tool call too; after max_tokens, and an answer without text, the session kills it at the vendor's stop reason,
    // some 10 ms before it asks again (2.1.197, 2.1.330).
    private static readonly string[] OneTurn = ["--max-turns", "1"];

    private static readonly (string Name, string Value)[] Switches =
    [
        // Without these two, "@path" in a caller's text sends that file to the vendor, whatever the flags say.
        ("CLAUDE_CODE_DISABLE_ATTACHMENTS", "1"),
        ("CLAUDE_CODE_DISABLE_FILE_MENTIONS", "1"),
        ("CLAUDE_CODE_DISABLE_CLAUDE_MDS", "1"),
        ("CLAUDE_CODE_DISABLE_AUTO_MEMORY", "1"),
        ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1"),
        ("CLAUDE_CODE_TOTAL_TOKENS_REMINDER", "off"),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ("DISABLE_TELEMETRY", "1"),
        ("DISABLE_AUTOUPDATER", "1"),
        ("DISABLE_COMPACT", "1"),
        ("DISABLE_AUTO_COMPACT", "1"),

        // After a refusal 2.1.330 would ask again by itself, or another model.
        ("CLAUDE_CODE_DISABLE_REFUSAL_RETRY", "1"),
        ("CLAUDE_CODE_DISABLE_REFUSAL_FALLBACK", "1"),

        // Retries belong to the caller: a second attempt of the CLI's own would stream the text twice.
        ("CLAUDE_CODE_MAX_RETRIES", "0"),
        ("CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK", "1"),
    ];

    // Of Linux, macOS, Windows (now and before 2.1), and of the Windows below a WSL.
    private static readonly string[] PolicyFolders =
    [
        "etc/claude-code", "Library/Application Support/ClaudeCode", "Program Files/ClaudeCode", "ProgramData/ClaudeCode",
        "mnt/c/Program Files/ClaudeCode",
    ];

    /// <param name="model">Where the version cannot be told it later; else null.</param>
    public static CliLaunch Launch(ClaudeCli cli, ClaudeLogin login, CliEnvironment environment, PrivateFolder folder, string? model)
    {
        List<string> arguments = [.. Flags, .. login.IsBare ? OneCall : OneTurn];
        if (login.IsBare)
        {
            arguments.Add("--bare");
        }

        if (login.ApiKeyHelper is { } helper)
        {
            arguments.AddRange(["--settings", WriteHelper(folder, helper)]);
        }

        if (model is not null)
        {
            arguments.AddRange(["--model", model]);
        }

        return new CliLaunch
        {
            FileName = cli.Path,
            Arguments = arguments,
            Environment = Environment(login, environment, folder),
            WorkingDirectory = folder.Folder("work"),
        };
    }

    /// <summary>
    /// The policies that the CLI obeys whatever its flags say, hooks among them; 2.1.330 has no switch against them (read in the binary).
    /// </summary>
    public static IEnumerable<string> Layers(CliEnvironment environment) =>
    [
        .. PolicyFolders.SelectMany(folder => (IEnumerable<string>)
        [
            .. CliManaged.Files(environment, $"{folder}/managed-settings.json", $"{folder}/managed-mcp.json"),
            .. CliManaged.FilesIn(environment, $"{folder}/managed-settings.d", ".json"),
        ]),
        .. CliManaged.Preferences(environment, "com.anthropic.claudecode"),
        .. CliManaged.Policies("ClaudeCode"),
    ];

    /// <summary>
    /// A login that stands in the environment gets a private config folder. A stored one keeps the user's own: a refresh
    /// replaces the refresh token, so that a copy would log the user out, and the keychain's entry is named by the folder. What
    /// lies there besides stays unread by the flags.
    /// </summary>
    private static Dictionary<string, string> Environment(ClaudeLogin login, CliEnvironment environment, PrivateFolder folder)
    {
        var child = ChildEnvironment.From(login.Variables, login.Carried);
        foreach (var (name, value) in Switches)
        {
            child[name] = value;
        }

        // A key helper and the clouds' credential chains look for their own files there.
        var needsHome = login.Kind is ClaudeLoginKind.Stored or ClaudeLoginKind.KeyHelper or ClaudeLoginKind.Cloud;
        var home = needsHome ? environment.Home : folder.Folder("home");
        child["HOME"] = home;
        child["USERPROFILE"] = home;
        child["TMPDIR"] = folder.Folder("tmp");
        if (login.Kind != ClaudeLoginKind.Stored)
        {
            child["CLAUDE_CONFIG_DIR"] = folder.Folder("config");
            ClaudeDevice.Write(environment, child["CLAUDE_CONFIG_DIR"]);
        }
        else if (environment.Variable("CLAUDE_CONFIG_DIR") is { } chosen)
        {
            child["CLAUDE_CONFIG_DIR"] = chosen;
        }

        return child;
    }

    // In a file, not in argv: the user may have written a secret into the command.
    private static string WriteHelper(PrivateFolder folder, string helper)
    {
        var path = Path.Combine(folder.Folder("settings"), "settings.json");
        var settings = new ClaudeProtocol.HelperSettings(helper);
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(settings, ClaudeJson.Default.HelperSettings));
        return path;
    }
}
