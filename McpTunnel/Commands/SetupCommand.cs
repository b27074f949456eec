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
        if (Read(arguments) is not { } options || ToolHost.ReadSettings() is not { } settings || !TryBroker(settings, out var broker))
        {
            return HelpCommand.BadUsage;
        }

        var machine = new EditorMachine(settings.Clis, EditorMachine.ThisSystem);
        var entry = OwnCommand.Entry(settings.Clis, Environment.ProcessPath!, AppContext.BaseDirectory, broker);
        var result = await new SetupRun(machine, entry, Console.Out, Asking()).RunAsync(options, CancellationToken.None);
        if (result == SetupResult.Done && !options.Remove && !options.DryRun)
        {
            OfferLogin(settings.Tunnel);
        }

        return (int)result;
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
    private static bool TryBroker(ProcessSettings settings, out string? broker)
    {
        var named = settings.Clis.Variable(TunnelSettings.UrlVariable)?.Trim();
        var url = settings.Tunnel.Broker;
        broker = url == TunnelSettings.DefaultBroker ? null : url.OriginalString;
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
    /// Where <c>login</c> is offered once there is one; until then, how to go on by hand. Codex 0.169.0 and Gemini CLI 0.61.0 keep the
    /// variable from the servers that they start (run).
    /// </summary>
    private static void OfferLogin(TunnelSettings settings)
    {
        var token = settings.Token is not null ? "which is set here" : "to what `polydev-broker token create --name this-machine` prints";
        Console.Out.WriteLine(
            $"""

            Restart the editors. The token is in none of their files; for the tunnel, do one of these:
              - start the editors with {TunnelSettings.TokenVariable} set, {token}
                (Codex and Gemini CLI do not hand it on: with those alone, run `polydev-mcp tunnel` with it as well)
              - or run `polydev-broker serve --with-tunnel` on this machine, which needs no token
            """);
    }
}
