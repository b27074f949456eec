using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Setup;

/// <summary>The programs that <c>setup</c> knows: from each one's own documentation or sources, named above it.</summary>
internal static class Editors
{
    private const string McpServers = "mcpServers";

    // code.claude.com/docs/en/mcp: user scope is ~/.claude.json; it stands in CLAUDE_CONFIG_DIR where that is set (2.1.330, run).
    private static readonly Editor ClaudeCode = new()
    {
        Name = "claude-code",
        Title = "Claude Code",
        Format = new JsonEntry(McpServers, isTyped: true),
        Files = machine => [Path.Combine(machine.Variable("CLAUDE_CONFIG_DIR") ?? machine.Home, ".claude.json")],
        Signs = machine => [Path.Combine(machine.Variable("CLAUDE_CONFIG_DIR") ?? machine.Home, ".claude.json")],
        Program = ClaudeCli.Locate,
    };

    // cursor.com/docs/mcp: the global file, on every system; "type" is in its table of fields.
    private static readonly Editor Cursor = new()
    {
        Name = "cursor",
        Title = "Cursor",
        Format = new JsonEntry(McpServers, isTyped: true),
        Files = machine => [machine.InHome(".cursor", "mcp.json")],
        Signs = machine => [machine.InHome(".cursor")],
    };

    // github.com/cline/cline, apps/vscode/src/hosts/vscode/mcp-settings-legacy-migration.ts: since 2026 the extension shares the CLI's
    // file, and takes the servers of its own old one over, once; older versions read the old one only.
    private static readonly Editor Cline = new()
    {
        Name = "cline",
        Title = "Cline",
        Format = new JsonEntry(McpServers, isTyped: false),
        Files = machine => [ClineShared(machine), Path.Combine(ClineStorage(machine), "settings", ClineFile)],
        Signs = machine => [ClineShared(machine), machine.InHome(".cline"), ClineStorage(machine)],
    };

    private const string ClineFile = "cline_mcp_settings.json";

    // code.visualstudio.com/docs/agents/reference/mcp-configuration: mcp.json in the user profile, "servers", JSON with comments. The
    // default profile's folder: code.visualstudio.com/docs/configure/settings.
    private static readonly Editor VsCode = new()
    {
        Name = "vscode",
        Title = "VS Code",
        Format = new JsonEntry("servers", isTyped: true),
        Files = machine => [Path.Combine(machine.AppData, "Code", "User", "mcp.json")],
        Signs = machine => [Path.Combine(machine.AppData, "Code", "User")],
    };

    // docs.devin.ai/desktop/cascade/mcp: ~/.codeium/windsurf/mcp_config.json. Since it became Devin Desktop (June 2026) both of its agents
    // read ~/.config/devin/mcp_config.json, on Windows %APPDATA%\devin\mcp_config.json (docs.sevalla.com/ai-agents/windsurf).
    private static readonly Editor Windsurf = new()
    {
        Name = "windsurf",
        Title = "Windsurf (Devin Desktop)",
        Format = new JsonEntry(McpServers, isTyped: false),
        Files = machine =>
        [
            Path.Combine(DevinFolder(machine), "mcp_config.json"),
            machine.InHome(".codeium", "windsurf", "mcp_config.json"),
        ],
        Signs = machine => [DevinFolder(machine), machine.InHome(".codeium", "windsurf")],
    };

    // zed.dev/docs/ai/mcp: "context_servers" of settings.json, with "command", "args", "env". Its place: github.com/zed-industries/zed,
    // crates/paths/src/paths.rs (config_dir).
    private static readonly Editor Zed = new()
    {
        Name = "zed",
        Title = "Zed",
        Format = new JsonEntry("context_servers", isTyped: false),
        Files = machine => [Path.Combine(ZedFolder(machine), "settings.json")],
        Signs = machine => [ZedFolder(machine)],
    };

    // developers.openai.com/codex/mcp: config.toml in CODEX_HOME, shared by the CLI and its IDE extension.
    private static readonly Editor Codex = new()
    {
        Name = "codex",
        Title = "Codex CLI",
        Format = new TomlEntry(),
        Files = machine => [Path.Combine(CodexFolder(machine), "config.toml")],
        Signs = machine => [Path.Combine(CodexFolder(machine), "config.toml")],
        Program = CodexCli.Locate,
    };

    // github.com/google-gemini/gemini-cli, docs/reference/configuration.md: user settings are ~/.gemini/settings.json on every system, and
    // may have comments. GEMINI_CLI_HOME stands for the home (0.61.0, run).
    private static readonly Editor Gemini = new()
    {
        Name = "gemini",
        Title = "Gemini CLI",
        Format = new JsonEntry(McpServers, isTyped: false),
        Files = machine => [Path.Combine(GeminiFolder(machine), "settings.json")],
        Signs = machine => [Path.Combine(GeminiFolder(machine), "settings.json")],
        Program = environment => GeminiCli.Locate(environment) is [var script, var node, ..] ? [node, script] : [],
    };

    public static IReadOnlyList<Editor> All { get; } = [ClaudeCode, Cursor, Cline, VsCode, Windsurf, Zed, Codex, Gemini];

    private static string ClineShared(EditorMachine machine)
    {
        var data = machine.Variable("CLINE_DATA_DIR")
            ?? Path.Combine(machine.Variable("CLINE_DIR") ?? machine.InHome(".cline"), "data");
        return machine.Variable("CLINE_MCP_SETTINGS_PATH") ?? Path.Combine(data, "settings", ClineFile);
    }

    private static string ClineStorage(EditorMachine machine) =>
        Path.Combine(machine.AppData, "Code", "User", "globalStorage", "saoudrizwan.claude-dev");

    private static string DevinFolder(EditorMachine machine) => machine.System == SystemKind.Windows
        ? Path.Combine(machine.AppData, "devin")
        : machine.InHome(".config", "devin");

    private static string ZedFolder(EditorMachine machine) => machine.System switch
    {
        SystemKind.Windows => Path.Combine(machine.AppData, "Zed"),
        SystemKind.MacOs => machine.InHome(".config", "zed"),
        _ => Path.Combine(machine.Variable("FLATPAK_XDG_CONFIG_HOME") ?? machine.Config, "zed"),
    };

    private static string CodexFolder(EditorMachine machine) => machine.Variable("CODEX_HOME") ?? machine.InHome(".codex");

    private static string GeminiFolder(EditorMachine machine) =>
        Path.Combine(machine.Variable("GEMINI_CLI_HOME") ?? machine.Home, ".gemini");
}
