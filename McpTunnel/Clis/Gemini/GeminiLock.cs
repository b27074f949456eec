using System.Text.Json;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// Everything that keeps a caller off this machine: settings, policy, arguments and environment of the CLI. Each key was seen to
/// work with 0.61.0, and each built-in tool is shut twice: by <c>tools.core</c> and by the policy.
/// </summary>
internal static class GeminiLock
{
    private const string Required = "+required";

    // The CLI knows these as names that stand for another, newer model: here each stands for itself.
    private static readonly string[] RenamedModels =
    [
        "gemini-2.5-flash", "gemini-3-pro-preview", "gemini-3-flash-preview", "gemini-3.1-pro-preview",
        "gemini-3.1-pro-preview-customtools", "gemini-3.1-flash-lite", "gemini-3.5-flash", "gemini-3.5-flash-lite", "gemini-3.8-flash",
    ];

    private static readonly string[] PolicyFolders =
        ["etc/gemini-cli/policies", "Library/Application Support/GeminiCli/policies", "ProgramData/gemini-cli/policies"];

    // Those of the models above, and of those that the CLI knows besides, that a call can be forced with.
    private static readonly string[] ForcedModels = [.. RenamedModels, "gemini-2.5-pro", "gemini-2.5-flash-lite"];

    // These choose a model by themselves, some with a model call of their own.
    private static readonly string[] ChoosingModels = ["auto", "auto-gemini-3", "auto-gemini-2.5", "pro", "flash", "flash-lite"];

    /// <summary>True for a model id that names exactly one model.</summary>
    public static bool IsConcrete(string model) => !ChoosingModels.Contains(model, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Lets these tools through and denies every other. Read at each load of a session. A rule without <c>toolName</c> would make the CLI
    /// drop the whole file in silence.
    /// </summary>
    /// <param name="wireNames">Of <see cref="CallerTools"/>, so without a sign that means something here.</param>
    public static string Policy(IEnumerable<string> wireNames) =>
        string.Concat(wireNames.Select(name => Rule(name, "allow", 950)).Append(Rule("*", "deny", 900)));

    /// <summary>What <c>session/set_model</c> is to be given; where no call can be forced, the model itself.</summary>
    public static string ModelName(string model, bool mustCall) => mustCall && ForcedModels.Contains(model) ? model + Required : model;

    /// <summary>The one server is ours: those that an administrator has put into the system's own settings are kept out.</summary>
    public static IReadOnlyList<string> Arguments(GeminiCli cli, GeminiHome home) =>
    [
        cli.Script, "--acp", "--model", "gemini-2.5-flash", "--extensions", "none", "--skip-trust",
        "--allowed-mcp-server-names", GeminiTools.Server, "--admin-policy", home.PolicyFile,
    ];

    /// <summary>Policies that no variable moves: with one of them the CLI passes over our own (0.61.0, read in its source).</summary>
    public static IEnumerable<string> Layers(CliEnvironment environment) => PolicyFolders
        .SelectMany(folder => CliManaged.FilesIn(environment, folder, ".toml"));

    /// <summary>
    /// <c>GEMINI_CLI_NO_RELAUNCH</c>: else the parent swallows SIGTERM and its death leaves the child generating. Error reports with
    /// whole conversations go to the temporary folder, so that is private too.
    /// </summary>
    public static Dictionary<string, string> Environment(GeminiLogin login, GeminiHome home) => new(login.Environment)
    {
        ["GEMINI_CLI_HOME"] = home.Path,
        ["HOME"] = home.Path,
        ["USERPROFILE"] = home.Path,
        // Where there is nothing: an administrator's settings stand above the user's, and would bring MCP servers and hooks.
        ["GEMINI_CLI_SYSTEM_SETTINGS_PATH"] = Path.Combine(home.Path, "none", "settings.json"),
        ["GEMINI_CLI_SYSTEM_DEFAULTS_PATH"] = Path.Combine(home.Path, "none", "system-defaults.json"),
        ["GEMINI_CLI_NO_RELAUNCH"] = "true",
        ["GEMINI_CLI_TRUST_WORKSPACE"] = "true",
        ["GEMINI_SYSTEM_MD"] = home.InstructionsFile,
        ["GEMINI_WRITE_SYSTEM_MD"] = "false",
        ["GEMINI_TELEMETRY_ENABLED"] = "false",
        ["GEMINI_SANDBOX"] = "false",
        ["NO_BROWSER"] = "true",
        ["TMPDIR"] = home.TemporaryFolder,
        ["TEMP"] = home.TemporaryFolder,
        ["TMP"] = home.TemporaryFolder,
    };

    /// <summary>
    /// <c>maxSessionTurns</c> 1: tool calls of the model end the turn as "max_turn_requests" before it is told a result; without it the CLI
    /// tells the model "not found" and calls the provider again, unseen by us. <c>compressionThreshold</c> 1: the history is never
    /// rewritten. An alias for each model forces a call: with a loaded session no setting but the model's name is its own.
    /// </summary>
    public static string Settings(string method) => $$"""
        {
          "security": { "auth": { "selectedType": "{{JsonEncodedText.Encode(method)}}" } },
          "telemetry": { "enabled": false },
          "privacy": { "usageStatisticsEnabled": false },
          "general": { "enableAutoUpdate": false, "enableAutoUpdateNotification": false, "maxAttempts": 1, "retryFetchErrors": false },
          "tools": { "core": ["mcp_*"] },
          "mcpServers": {},
          "context": { "includeDirectoryTree": false, "fileName": "NO_SUCH_FILE.md", "discoveryMaxDirs": 0 },
          "skills": { "enabled": false },
          "hooksConfig": { "enabled": false },
          "experimental": { "enableAgents": false, "dynamicModelConfiguration": true },
          "model": { "compressionThreshold": 1, "maxSessionTurns": 1, "disableLoopDetection": true },
          "modelConfigs": {
            "modelIdResolutions": {{Resolutions()}}, "customAliases": {{ForcedAliases()}}, "modelChains": { "lite": [{{LiteChain}}] }
          }
        }
        """;

    // Without it a failure of the lite model moves the session to another model, without a word and for good.
    private const string LiteChain = """
        {
          "model": "gemini-3.5-flash-lite", "isLastResort": true, "maxAttempts": 1,
          "actions": { "terminal": "prompt", "transient": "prompt", "not_found": "prompt", "unknown": "prompt" },
          "stateTransitions": { "terminal": "terminal", "transient": "terminal", "not_found": "terminal", "unknown": "terminal" }
        }
        """;

    private const string AnyCall = """{ "toolConfig": { "functionCallingConfig": { "mode": "ANY" } } }""";

    private static string Rule(string tool, string decision, int priority) => $"""
        [[rule]]
        toolName = "{tool}"
        decision = "{decision}"
        priority = {priority}


        """;

    private static string ForcedAliases() =>
        "{" + string.Join(',', ForcedModels.Select(model => $$$"""
            "{{{model}}}{{{Required}}}": {
              "extends": "{{{model}}}", "modelConfig": { "model": "{{{model}}}", "generateContentConfig": {{{AnyCall}}} }
            }
            """)) + "}";

    private static string Resolutions() =>
        "{" + string.Join(',', RenamedModels.Select(model => $$"""
            "{{model}}": { "default": "{{model}}", "contexts": [] }
            """)) + "}";
}
