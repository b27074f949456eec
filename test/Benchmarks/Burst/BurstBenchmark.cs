using System.Diagnostics;
using System.Globalization;
using Polydev.Benchmarks.FirstToken;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;

namespace Polydev.Benchmarks.Burst;

/// <summary>
/// Eight calls at once through broker and tunnel to one CLI, as an agent with sub-agents sends them, against eight of the same CLI's own
/// headless runs at once. In turns within one run, each in the other order than the one before; one CLI is warm when the calls come, as
/// after any call. The tunnel is the native binary that users install. Exit code 1 when a target is missed, 2 when there is no native
/// binary to measure.
/// </summary>
internal static class BurstBenchmark
{
    private const int Calls = 8;
    private const int Turns = 5;

    // Of issue "Sessions: kept, shared and light": all calls' time and the median call's as shares of the headless runs', and MB.
    private static readonly Dictionary<string, BurstFigures> Targets = new()
    {
        ["claude"] = new(0.5, 0.4, 1300),
        ["codex"] = new(0.5, 0.4, 400),
        ["gemini"] = new(0.4, 0.4, 1600),
    };

    public static async Task<int> RunAsync()
    {
        if (ReleaseBuild.NativeProblem() is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 2;
        }

        // The headless runs have a home and a provider of their own: each request of ours is counted.
        await using var warm = await Stack.StartAsync(TunnelBuild.Native);
        await using var alone = await Stack.StartBrokerOnlyAsync(TunnelBuild.Native);
        foreach (var stack in (Stack[])[warm, alone])
        {
            stack.Provider.Answer(ProviderScript.Say("first-token", " and the rest."));
        }

        var isMissed = false;
        foreach (var cli in HeadlessCli.All(alone))
        {
            isMissed |= await MeasureAsync(warm, cli);
        }

        return isMissed ? 1 : 0;
    }

    /// <returns>A target is missed.</returns>
    private static async Task<bool> MeasureAsync(Stack stack, HeadlessCli cli)
    {
        Task AskAsync() => new DotNetCall(stack, "openai-chat", cli.Model, "Go.").WholeAsync();

        // As in first-token: the first calls compile, and warm the CLI up.
        await AskAsync();
        List<double> totals = [], medians = [], peaks = [], headlessPeaks = [];
        var (ours, headless) = (new Samples(), new Samples());
        for (var turn = 0; turn < Turns; turn++)
        {
            BurstFigures ofUs = default, ofHeadless = default;
            await InTurns.RunAsync(
                turn,
                () => stack.SettleAsync(),
                async () => ofUs = await BurstAsync(AskAsync, stack.Tunnel.Id),
                async () => ofHeadless = await BurstAsync(
                    cli.WholeAsync, Environment.ProcessId, stack.Broker.Id, stack.Tunnel.Id, cli.Stack.Broker.Id));
            totals.Add(ofUs.Total / ofHeadless.Total);
            medians.Add(ofUs.MedianCall / ofHeadless.MedianCall);
            peaks.Add(ofUs.Peak);
            headlessPeaks.Add(ofHeadless.Peak);
            ours.Add(TimeSpan.FromMilliseconds(ofUs.Total));
            headless.Add(TimeSpan.FromMilliseconds(ofHeadless.Total));
        }

        var target = Targets[cli.Provider];
        var seen = new BurstFigures(Samples.MedianOf(totals), Samples.MedianOf(medians), Samples.MedianOf(peaks));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{cli.Provider,-7} {Calls} at once {ours.Median,5:0} ms, headless {headless.Median,5:0} ms: "
            + $"all {seen.Total:0.00} (target {target.Total:0.00})   median call {seen.MedianCall:0.00} ({target.MedianCall:0.00})   "
            + $"peak {seen.Peak:0} MB ({target.Peak:0}), headless {Samples.MedianOf(headlessPeaks):0} MB   medians of {Turns} turns"));
        return seen.Total > target.Total || seen.MedianCall > target.MedianCall || seen.Peak > target.Peak;
    }

    private static async Task<BurstFigures> BurstAsync(Func<Task> call, int owner, params int[] besides)
    {
        await using var memory = new PeakMemory(owner, besides);
        var (started, times) = (Stopwatch.GetTimestamp(), new Samples());
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => Task.Run(async () =>
        {
            await call();
            times.Add(Stopwatch.GetElapsedTime(started));
        })));
        return new BurstFigures(Stopwatch.GetElapsedTime(started).TotalMilliseconds, times.Median, await memory.EndAsync());
    }
}

/// <summary>Of one burst, or as shares of another's.</summary>
/// <param name="Total">Until the last has its answer, in ms.</param>
/// <param name="MedianCall">From the burst's beginning, in ms.</param>
/// <param name="Peak">What the CLIs held at once, in MB.</param>
internal readonly record struct BurstFigures(double Total, double MedianCall, double Peak);
