using System.Diagnostics;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.Benchmarks.FirstToken;

/// <summary>
/// Time to the first token: an official SDK through broker and tunnel to a warm CLI, against both cold forms of the same CLI: its own
/// headless one-shot, as a script would call it without us, and the same call through a tunnel that keeps nothing warm, so that the
/// CLI starts under the same lock and protocol. The tunnel is the native binary that users install. In turns within one run, each turn
/// in the other order than the one before, each call when nothing else of ours is starting, with a loopback provider behind each. Exit
/// code 1 when the warm call takes more than half of a headless one, 2 when there is no native binary to measure.
/// </summary>
internal static class FirstTokenBenchmark
{
    private const int Turns = 9;
    private const double Target = 0.5;

    public static async Task<int> RunAsync()
    {
        if (ReleaseBuild.NativeProblem() is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 2;
        }

        await using var warm = await Stack.StartAsync(TunnelBuild.Native);
        await using var cold = await Stack.StartBrokerOnlyAsync(TunnelBuild.Native);
        cold.TunnelVariables["POLYDEV_WARM_SESSIONS"] = "0";
        await cold.StartTunnelAsync();
        foreach (var stack in (Stack[])[warm, cold])
        {
            stack.Provider.Answer(ProviderScript.Say("first-token", " and the rest."));
        }

        var slow = false;
        foreach (var cli in HeadlessCli.All(warm))
        {
            slow |= await MeasureAsync(cli, warm, cold) > Target;
        }

        return slow ? 1 : 0;
    }

    /// <returns>The warm call's time as a share of the headless one's: the median of all turns.</returns>
    private static async Task<double> MeasureAsync(HeadlessCli cli, Stack warm, Stack cold)
    {
        // The first calls compile what all calls run through, and warm the CLI up, as a user's first call does.
        await ThroughUsAsync(warm, cli.Model);
        await ThroughUsAsync(cold, cli.Model);
        var (ours, headless, locked) = (new Samples(), new Samples(), new Samples());
        var (ofHeadless, ofLocked) = (new List<double>(), new List<double>());
        for (var turn = 0; turn < Turns; turn++)
        {
            var (ourTime, headlessTime, lockedTime) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
            await InTurns.RunAsync(
                turn,
                () => SettleAsync(warm, cold),
                async () => ourTime = await ThroughUsAsync(warm, cli.Model),
                async () => headlessTime = await cli.FirstTokenAsync(),
                async () => lockedTime = await ThroughUsAsync(cold, cli.Model));
            headless.Add(headlessTime);
            locked.Add(lockedTime);
            ours.Add(ourTime);
            ofHeadless.Add(ourTime / headlessTime);
            ofLocked.Add(ourTime / lockedTime);
        }

        Console.WriteLine(
            $"{cli.Provider,-7} warm {ours.Median,5:0} ms   "
            + $"cold headless {headless.Median,5:0} ms, ratio {Samples.MedianOf(ofHeadless):0.00} (target {Target:0.00})   "
            + $"cold under our lock {locked.Median,5:0} ms, ratio {Samples.MedianOf(ofLocked):0.00}   medians of {Turns} turns");
        return Samples.MedianOf(ofHeadless);
    }

    // A person does not ask again within the same second: the next warm session is up by then, and takes no core from what is measured.
    private static async Task SettleAsync(Stack warm, Stack cold)
    {
        await EndKeptAsync(cold.Tunnel);
        await warm.SettleAsync();
    }

    // A CLI that the tunnel has kept would make a cold call a warm one. One whose processes serve again (Gemini CLI) is kept even by a
    // tunnel that starts none ahead.
    private static async Task EndKeptAsync(RunningProgram tunnel)
    {
        foreach (var kept in ProcessProbe.DescendantsOf(tunnel.Id))
        {
            using var process = Process.GetProcesses().FirstOrDefault(process => process.Id == kept.Id);
            process?.Kill();
        }

        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.DescendantsOf(tunnel.Id), TimeSpan.FromSeconds(20));
    }

    private static async Task<TimeSpan> ThroughUsAsync(Stack stack, string model)
    {
        var started = Stopwatch.GetTimestamp();
        await foreach (var piece in new DotNetCall(stack, "openai-chat", model, "Go.").StreamAsync())
        {
            return Stopwatch.GetElapsedTime(started);
        }

        throw new InvalidOperationException($"{model} gave no token.");
    }
}
