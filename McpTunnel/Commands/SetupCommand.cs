using Polydev.McpTunnel.Setup;
using Polydev.McpTunnel.Setup.Edits;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Commands;

/// <summary>
/// <c>polydev-mcp setup</c>: adds the MCP server to editors. Ends with 0 (done, or nothing to do), 1 (one could not be set up), 2 (bad
/// usage) or 3 (shown, but not agreed to).
/// </summary>
internal static class SetupCommand
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (Read(arguments) is not { } options || ToolHost.ReadSettings() is not { } settings || !IsBrokerPlain(settings))
        {
            return HelpCommand.BadUsage;
        }

        var machine = new EditorMachine(settings.Clis, EditorMachine.ThisSystem);
        var entry = OwnEntry(settings);
        var ask = Asking();
        var result = await new SetupRun(machine, entry, Console.Out, ask).RunAsync(options, CancellationToken.None);
        if (result == SetupResult.Done && !options.Remove && !options.DryRun)
        {
            await OfferLoginAsync(settings.Tunnel, ask);
        }

        return (int)result;
    }

    /// <summary>How an editor is to start this very program, for the broker of these settings.</summary>
    public static ServerEntry OwnEntry(ProcessSettings settings)
    {
        var broker = settings.Tunnel.Broker == TunnelSettings.DefaultBroker ? null : settings.Tunnel.Broker.OriginalString;
        return OwnCommand.Entry(settings.Clis, Environment.ProcessPath!, AppContext.BaseDirectory, broker);
    }

    /// <summary>Null, with the reason on stderr, where it cannot be understood.</summary>
    private static SetupOptions? Read(IReadOnlyList<string> arguments)
    {
        var editors = new List<Editor>();
        var known = string.Join(", ", Editors.All.Select(editor => editor.Name));
        foreach (var argument in arguments.Where(argument => argument is not ("--yes" or "--dry-run" or "--remove")))
        {
            if (Editors.All.FirstOrDefault(editor => editor.Name == argument) is not { } editor)
            {
                // What was given could be a token in the wrong place: it is not repeated.
                Console.Error.WriteLine($"polydev-mcp: 'setup' takes --yes, --dry-run, --remove and editors: {known}.");
                return null;
            }

            editors.Add(editor);
        }

        return new SetupOptions([.. editors.Distinct()])
        {
            Yes = arguments.Contains("--yes"),
            DryRun = arguments.Contains("--dry-run"),
            Remove = arguments.Contains("--remove"),
        };
    }

    // It goes into files: nothing that could be a secret goes with it.
    private static bool IsBrokerPlain(ProcessSettings settings)
    {
        var named = settings.Clis.Variable(TunnelSettings.UrlVariable)?.Trim();
        var url = settings.Tunnel.Broker;
        if (string.IsNullOrEmpty(named) || (url.OriginalString == named && url.Query.Length == 0 && url.Fragment.Length == 0))
        {
            return true;
        }

        Console.Error.WriteLine($"polydev-mcp: {TunnelSettings.UrlVariable} is not a plain http or https address.");
        return false;
    }

    private static Func<string, bool>? Asking()
    {
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            return null;
        }

        return question =>
        {
            Console.Out.Write($"{question} [y/N] ");
            return Console.In.ReadLine()?.Trim() is "y" or "Y" or "yes";
        };
    }

    /// <summary>
    /// Without a token the tunnel stays offline: on a terminal the login can begin at once. What it stores reaches every editor; Codex
    /// 0.169.0 and Gemini CLI 0.61.0 keep the environment's token from the servers that they start (run).
    /// </summary>
    private static async Task OfferLoginAsync(TunnelSettings settings, Func<string, bool>? ask)
    {
        await Console.Out.WriteLineAsync($"{Environment.NewLine}Restart the editors. The token is in none of their files.");
        if (settings.Token is not null)
        {
            return;
        }

        if (ask?.Invoke($"Log this machine in at {settings.Broker.OriginalString} now?") == true)
        {
            await LoginCommand.RunAsync(broker: null);
            return;
        }

        await Console.Out.WriteLineAsync(
            "For the tunnel: `polydev-mcp login`. A broker on this machine that runs with --with-tunnel needs none.");
    }
}
