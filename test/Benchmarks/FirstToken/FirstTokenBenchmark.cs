using System.Diagnostics;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;

namespace Polydev.Benchmarks.FirstToken;

/// <summary>
/// Time to the first token: an official SDK through broker and tunnel to a warm CLI, against a cold run of the same CLI's own headless mode,
/// in turns within one run, with the same loopback provider behind both.
/// </summary>
internal static class FirstTokenBenchmark
{
    private const int Pairs = 9;

    public static async Task<int> RunAsync()
    {
        await using var stack = await Stack.StartAsync();
        stack.Provider.Answer(ProviderScript.Say("first-token", " and the rest."));
        var slow = false;
        foreach (var cli in HeadlessCli.All(stack))
        {
            // The first call warms the CLI up, as a user's first call does.
            await ThroughUsAsync(stack, cli.Model);
            var (ours, cold) = (new Samples(), new Samples());
            var ratios = new List<double>();
            for (var pair = 0; pair < Pairs; pair++)
            {
                var coldTime = await cli.FirstTokenAsync();
                cold.Add(coldTime);

                // A person does not ask again within the same second: the next warm session is up by then.
                await stack.SettleAsync();
                var ourTime = await ThroughUsAsync(stack, cli.Model);
                ours.Add(ourTime);
                ratios.Add(ourTime / coldTime);
            }

            var ratio = ratios.Order().ElementAt(Pairs / 2);
            slow |= ratio > 0.5;
            Console.WriteLine($"{cli.Provider,-7} polydev {ours.Median,7:0} ms   cold {cold.Median,7:0} ms   ratio, median of {Pairs} pairs: {ratio:0.00}");
        }

        return slow ? 1 : 0;
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
}
