using System.Diagnostics;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.Benchmarks.FirstToken;

/// <summary>
/// Time to the first token: an official SDK through broker and tunnel to a warm CLI, against both cold forms of the same CLI: its own
/// headless one-shot, as a script would call it without us, and the same call through a tunnel that keeps nothing warm, so that the
/// CLI starts under the same lock and protocol. In turns within one run, with a loopback provider behind each. Exit code 1 when the
/// warm call takes more than half of a headless one.
/// </summary>
internal static class FirstTokenBenchmark
{
    private const int Turns = 9;
    private const double Target = 0.5;

    public static async Task<int> RunAsync()
    {
        await using var warm = await Stack.StartAsync();
        await using var cold = await Stack.StartBrokerOnlyAsync();
        await using var coldTunnel = await StartColdTunnelAsync(cold);
        foreach (var stack in (Stack[])[warm, cold])
        {
            stack.Provider.Answer(ProviderScript.Say("first-token", " and the rest."));
        }

        var slow = false;
        foreach (var cli in HeadlessCli.All(warm))
        {
            slow |= await MeasureAsync(cli, warm, cold, coldTunnel) > Target;
        }

        return slow ? 1 : 0;
    }

    /// <returns>The warm call's time as a share of the headless one's: the median of all turns.</returns>
    private static async Task<double> MeasureAsync(HeadlessCli cli, Stack warm, Stack cold, RunningProgram coldTunnel)
    {
        // The first calls compile what all calls run through, and warm the CLI up, as a user's first call does.
        await ThroughUsAsync(warm, cli.Model);
        await ThroughUsAsync(cold, cli.Model);
        var (ours, headless, locked) = (new Samples(), new Samples(), new Samples());
        var (ofHeadless, ofLocked) = (new List<double>(), new List<double>());
        for (var turn = 0; turn < Turns; turn++)
        {
            var headlessTime = await cli.FirstTokenAsync();
            await EndKeptAsync(coldTunnel);
            var lockedTime = await ThroughUsAsync(cold, cli.Model);
            await EndKeptAsync(coldTunnel);

            // A person does not ask again within the same second: the next warm session is up by then.
            await warm.SettleAsync();
            var ourTime = await ThroughUsAsync(warm, cli.Model);
            headless.Add(headlessTime);
            locked.Add(lockedTime);
            ours.Add(ourTime);
            ofHeadless.Add(ourTime / headlessTime);
            ofLocked.Add(ourTime / lockedTime);
        }

        Console.WriteLine(
            $"{cli.Provider,-7} warm {ours.Median,5:0} ms   "
            + $"cold headless {headless.Median,5:0} ms, ratio {Median(ofHeadless):0.00} (target {Target:0.00})   "
            + $"cold under our lock {locked.Median,5:0} ms, ratio {Median(ofLocked):0.00}   medians of {Turns} turns");
        return Median(ofHeadless);
    }

    private static async Task<RunningProgram> StartColdTunnelAsync(Stack stack)
    {
        var command = TunnelProgram.Command(TunnelBuild.Managed);
        var environment = new Dictionary<string, string>(stack.TunnelEnvironment()) { ["POLYDEV_WARM_SESSIONS"] = "0" };
        var tunnel = RunningProgram.Start(command[0], [.. command.Skip(1), "tunnel"], environment);
        await tunnel.LineWithAsync("online");
        return tunnel;
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
        await foreach (var piece in DotNetCall.StreamAsync(stack, "openai-chat", model, "Go."))
        {
            return Stopwatch.GetElapsedTime(started);
        }

        throw new InvalidOperationException($"{model} gave no token.");
    }

    private static double Median(List<double> ratios) => ratios.Order().ElementAt(ratios.Count / 2);
}
