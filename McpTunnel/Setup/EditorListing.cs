using System.ComponentModel;
using System.Text;
using System.Text.RegularExpressions;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Processes;
using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Setup;

/// <summary>Asks a program itself, by <c>mcp list</c>, whether it has our server.</summary>
internal static partial class EditorListing
{
    /// <summary>Claude Code and Gemini CLI start every server that they list.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <exception cref="EditorListingException">It gave no answer.</exception>
    public static async Task<bool> HasServerAsync(Editor editor, CliEnvironment environment, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await using var process = await CliProcess.StartAsync(Launch(editor, environment));
            var has = false;
            while (await process.Output.ReadAsync(limit.Token) is { } line)
            {
                has |= Names(Encoding.UTF8.GetString(line));
            }

            // Gemini CLI lists on stderr where it does not trust the folder (0.61.0).
            await process.WaitForExitAsync(limit.Token);
            has |= process.ErrorTail.ToString().Split('\n').Any(Names);
            return has || (process.ExitCode == 0 && !process.ErrorTail.IsFull) ? has
                : throw new EditorListingException($"it ended with {process.ExitCode}: {process.ErrorTail.LastLine}");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EditorListingException($"it gave no answer within {Limit.TotalSeconds:0} s", e);
        }
        catch (Exception e) when (e is Win32Exception or InvalidDataException or IOException)
        {
            throw new EditorListingException(e.Message, e);
        }
    }

    private static bool Names(string line) => OurLine().IsMatch(Colours().Replace(line, string.Empty));

    // The user's own environment, since it is the user's own program; but Claude Code does not like to be started by itself.
    private static CliLaunch Launch(Editor editor, CliEnvironment environment)
    {
        var program = editor.Program(environment);
        var variables = ChildEnvironment.From(environment.Variables, "*");
        variables.Remove("CLAUDECODE");
        variables["NO_COLOR"] = "1";
        return new CliLaunch
        {
            FileName = program[0],
            Arguments = [.. program.Skip(1), "mcp", "list"],
            Environment = variables,
            WorkingDirectory = environment.Home,
        };
    }

    [GeneratedRegex($@"(^|\s){ServerEntry.Name}(:|\s|$)")]
    private static partial Regex OurLine();

    [GeneratedRegex(@"\x1b\[[0-9;]*[A-Za-z]")]
    private static partial Regex Colours();
}

/// <summary>A program did not tell its servers; the message says why.</summary>
internal sealed class EditorListingException(string message, Exception? inner = null) : Exception(message, inner);
