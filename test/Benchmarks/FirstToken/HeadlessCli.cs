using System.Diagnostics;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.Benchmarks.FirstToken;

/// <summary>A CLI's own headless mode, as a script would call it without us.</summary>
internal sealed record HeadlessCli(string Provider, string Model, string File, IReadOnlyList<string> Arguments, Stack Stack)
{
    public static IEnumerable<HeadlessCli> All(Stack stack) =>
    [
        new("claude", "claude-sonnet-4-5-20250929", TestClis.Claude,
        [
            "-p", "Go.", "--model", "claude-sonnet-4-5-20250929",
            "--output-format", "stream-json", "--include-partial-messages", "--verbose",
        ], stack),
        new("codex", "gpt-5.3-codex", TestClis.Codex, ["exec", "--json", "--skip-git-repo-check", "-m", "gpt-5.3-codex", "Go."], stack),
        new("gemini", "gemini-2.5-flash", TestClis.Node,
        [
            TestClis.Gemini, "-m", "gemini-2.5-flash", "-o", "stream-json", "-p", "Go.", "--skip-trust",
        ], stack),
    ];

    /// <summary>A whole run, to the process's end.</summary>
    public async Task WholeAsync()
    {
        await using var cli = RunningProgram.Start(File, Arguments, Stack.Home.Environment, Stack.Home.WorkFolder);
        cli.Input.Close();
        if (await cli.ExitAsync() != 0 || !cli.Output.Contains("first-token", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{File} did not answer: {cli.Output}");
        }
    }

    /// <summary>From the start of the process to the first line that holds the answer's first words.</summary>
    public async Task<TimeSpan> FirstTokenAsync()
    {
        var started = Stopwatch.GetTimestamp();
        await using var cli = RunningProgram.Start(File, Arguments, Stack.Home.Environment, Stack.Home.WorkFolder);
        cli.Input.Close();
        await cli.LineWithAsync("first-token");
        return Stopwatch.GetElapsedTime(started);
    }
}
