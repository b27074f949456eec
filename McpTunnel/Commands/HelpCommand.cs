using Polydev.McpTunnel.Diagnostics;

namespace Polydev.McpTunnel.Commands;

/// <summary><c>--help</c>, <c>--version</c>, and what a wrong command line gets.</summary>
internal static class HelpCommand
{
    /// <summary>The exit code of a command line that cannot be understood.</summary>
    public const int BadUsage = 2;

    private const string Text =
        """
        polydev-mcp: makes the AI CLIs on this machine answer standard API calls.

        Usage
          polydev-mcp             MCP server on stdin and stdout, with the tunnel inside
          polydev-mcp tunnel      the tunnel alone, with a live view on a terminal
          polydev-mcp tunnel --until-stdin-closes
                                  for a program that starts it: it ends with its stdin
          polydev-mcp setup [editor…] [--yes] [--dry-run] [--remove]
                                  adds the MCP server to the editors that are found, or to those named: claude-code,
                                  cursor, cline, vscode, windsurf, zed, codex, gemini. Shows the change and asks first
          polydev-mcp login [URL] log this machine in at a broker (default: POLYDEV_BROKER_URL, else the one on this machine)
          polydev-mcp logout      end that, here and at the broker
          polydev-mcp status [--json]
                                  what the tunnel that runs here does. Exit code 0: it is online; 1: it is not; 3: none runs
          polydev-mcp doctor [--json]
                                  checks CLIs, broker, token, editors; says what is wrong, and how it is mended. Exit code 0:
                                  a call could be answered by a CLI
          polydev-mcp --version
          polydev-mcp --help

        Environment
          POLYDEV_USER_TOKEN        a tunnel token of your account (pd_...), in place of a login
          POLYDEV_BROKER_URL        the broker's address (default: where you are logged in, else http://127.0.0.1:5080)
          POLYDEV_GRPC_URL          its tunnel service, where that is not on the broker's own host
          POLYDEV_CA_FILE           trusted for the broker in the place of the system's authorities (PEM)
          POLYDEV_INSECURE          1: go without TLS to a broker on another machine
          POLYDEV_MAX_CONCURRENT    calls at once (default 8)
          POLYDEV_WARM_SESSIONS     CLI sessions kept warm after the first call (default 1, 0 for none)
          POLYDEV_WARM_IDLE_MINUTES how long they stay warm without a call (default 15)
          POLYDEV_ALLOW_OVERAGE     CLIs whose calls go on while their vendor counts them as paid: claude,codex, or none
                                    (default: as the dashboard says)
          POLYDEV_RESERVE           percent of each window that calls leave to you: 15, or claude=15,codex=10
                                    (default: as the dashboard says)
          POLYDEV_STATE_DIR         where the tunnel keeps its state
          POLYDEV_LOG_LEVEL         what is logged to stderr (Trace, Debug, Information, Warning, Error, None)
          CLAUDE_CODE_PATH, CODEX_CLI_PATH, GEMINI_CLI_PATH
                                    a CLI that is not on PATH
        """;

    public static int Help()
    {
        Console.Out.WriteLine(Text);
        return 0;
    }

    public static int Version()
    {
        Console.Out.WriteLine(ToolVersion.Text);
        return 0;
    }

    /// <summary>For a command that takes no argument but <c>--json</c>. False: stderr has been told.</summary>
    public static bool TakesJson(string command, IReadOnlyList<string> arguments, out bool json)
    {
        json = arguments is ["--json"];
        if (json || arguments.Count == 0)
        {
            return true;
        }

        Console.Error.WriteLine($"polydev-mcp: '{command}' takes no arguments but --json. See polydev-mcp --help.");
        return false;
    }

    public static int Unknown(string first, string[] all)
    {
        // Only what is known for certain is repeated: the rest of the line could be a token in the wrong place.
        Console.Error.WriteLine((first, all.Length) switch
        {
            ("tunnel", > 1) => "polydev-mcp: 'tunnel' takes no arguments but --until-stdin-closes. See polydev-mcp --help.",
            ("login", > 1) => "polydev-mcp: 'login' takes one argument, a broker's address. See polydev-mcp --help.",
            ("logout", > 1) => "polydev-mcp: 'logout' takes no arguments. See polydev-mcp --help.",
            _ => $"polydev-mcp: there is no command '{first}'. See polydev-mcp --help.",
        });
        return BadUsage;
    }
}
