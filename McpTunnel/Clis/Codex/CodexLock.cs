using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// Everything that keeps Codex from touching the machine: no execution environment, every tool's feature off, no instructions of its
/// own, and a model catalog without tool metadata (<see cref="CodexCatalog"/>). Verified on 0.169.0. Codex refuses to start on a feature
/// it does not know, and with <c>--strict-config</c> on a setting it does not know: a version that renames one fails closed.
/// </summary>
internal static class CodexLock
{
    private static readonly string[] FeaturesOff =
    [
        "shell_tool", "unified_exec", "multi_agent", "goals", "view_image", "skill_search", "tool_suggest", "image_generation",
        "sleep_tool", "hooks", "apps", "plugins", "code_mode_host", "remote_plugin", "browser_use", "browser_use_external", "computer_use",
        "in_app_browser", "memories", "workspace_dependencies", "skill_mcp_dependency_install", "shell_snapshot",
        "enable_request_compression",

        // On, a turn never ends while the network is down, whatever the retry limits say.
        "unbounded_connection_retries",
    ];

    private static readonly string[] LayerFolders = ["etc/codex", "ProgramData/OpenAI/Codex"];

    private static readonly string[] Settings =
    [
        "skills.include_instructions=false", "include_environment_context=false", "include_permissions_instructions=false",
        "include_apps_instructions=false", "include_collaboration_mode_instructions=false",
        "tools.experimental_request_user_input.enabled=false", "tools.update_plan.enabled=false", "cloud.skills.enabled=false",
        "web_search=\"disabled\"", "thread_unload_delay_secs=0", "analytics.enabled=false", "check_for_update_on_startup=false",

        // No AGENTS.md of a repository that our private folder happens to lie in.
        "project_doc_max_bytes=0", "project_root_markers=[]",
    ];

    /// <summary>
    /// Layers that are merged with ours, and partly stand above <c>-c</c>: MCP servers and hooks may come with them (0.169.0, read in the
    /// binary).
    /// </summary>
    public static IEnumerable<string> Layers(CliEnvironment environment) =>
    [
        .. LayerFolders.SelectMany(folder => CliManaged.Files(
            environment, $"{folder}/managed_config.toml", $"{folder}/requirements.toml", $"{folder}/config.toml")),
        .. CliManaged.Preferences(environment, "com.openai.codex"),
    ];

    /// <param name="catalogPath">The file that <see cref="CodexCatalog"/> wrote.</param>
    public static IReadOnlyList<string> Arguments(string catalogPath) =>
    [
        "app-server", "--strict-config",
        .. FeaturesOff.SelectMany(feature => new[] { "--disable", feature }),
        .. Settings.SelectMany(setting => new[] { "-c", setting }),
        "-c", $"model_catalog_json={Quote(catalogPath)}",
    ];

    /// <param name="home">The private CODEX_HOME.</param>
    /// <param name="carried">Names of the variables that the user's provider reads.</param>
    public static IReadOnlyDictionary<string, string> Environment(CliEnvironment environment, string home, IEnumerable<string> carried)
    {
        var child = ChildEnvironment.From(environment.Variables, carried);
        child["HOME"] = home;
        child["CODEX_HOME"] = home;

        // Also ends command/exec, process/spawn and fs/*, which the features leave alive.
        child["CODEX_EXEC_SERVER_URL"] = "none";
        return child;
    }

    // A TOML literal string takes Windows' backslashes as they are.
    private static string Quote(string path) =>
        path.Contains('\'') ? $"\"{path.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"" : $"'{path}'";
}
