using Polydev.EndToEnd.Tests.Stacks;

namespace Polydev.Benchmarks.Relay;

/// <summary>
/// Calls of <c>polydev-echo</c> through broker and native tunnel, against the least that does the same job at both ends
/// (<see cref="Floor.FloorEndpoint"/>, <see cref="Floor.FloorEcho"/>): the same client, as many processes, in turns within one run.
/// Exit code 1 when a ratio stays below its target.
/// </summary>
internal static class RelayBenchmark
{
    private const int Rounds = 11;

    public static async Task<int> RunAsync(IReadOnlyList<string> options)
    {
        var loads = RelayLoad.All.Where(load => options.Contains(load.Name)).ToList() is { Count: > 0 } named ? named : RelayLoad.All;
        var unknown = options.FirstOrDefault(option => option != "--no-targets" && loads.All(load => load.Name != option));
        if ((unknown is null ? ReleaseBuild.NativeProblem() : $"relay knows no {unknown}.") is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 2;
        }

        var missed = false;
        await using (var floor = await RelaySide.StartFloorAsync())
        {
            await using (var product = await RelaySide.StartProductAsync(TunnelBuild.Native))
            {
                foreach (var load in loads)
                {
                    missed |= await MeasureAsync(load, floor, product) < load.Target;
                }
            }
        }

        await using var managed = await RelaySide.StartProductAsync(TunnelBuild.Managed);
        Console.WriteLine("tunnel, managed build (a native binary does not tell what it allocates)");
        foreach (var load in loads)
        {
            await WarmUpAsync(managed, load);
            var round = await RoundAsync(managed, load);
            RelayReport.Allocations(load, round);
        }

        return missed && !options.Contains("--no-targets") ? 1 : 0;
    }

    /// <returns>Our rate as a share of the floor's: the median of all rounds.</returns>
    private static async Task<double> MeasureAsync(RelayLoad load, RelaySide floor, RelaySide product)
    {
        await WarmUpAsync(floor, load);
        await WarmUpAsync(product, load);
        var (floors, ours) = (new List<RelayRound>(), new List<RelayRound>());
        for (var round = 0; round < Rounds; round++)
        {
            floors.Add(await RoundAsync(floor, load));
            ours.Add(await RoundAsync(product, load));
        }

        return RelayReport.Load(load, floors, ours);
    }

    private static async Task WarmUpAsync(RelaySide side, RelayLoad load)
    {
        await side.Client.CheckAsync(load);
        await side.Client.RunAsync(load, load.Warmup, new Samples());
    }

    private static async Task<RelayRound> RoundAsync(RelaySide side, RelayLoad load)
    {
        var before = await CostsAsync(side);
        var client = Environment.CpuUsage.TotalTime;
        var samples = new Samples();
        var rate = await side.Client.RunAsync(load, load.PerRound, samples);
        client = Environment.CpuUsage.TotalTime - client;
        var after = await CostsAsync(side);
        return new RelayRound(rate, samples, [.. after.Zip(before, (later, earlier) => later - earlier)], client);
    }

    private static Task<ProcessCost[]> CostsAsync(RelaySide side) => Task.WhenAll(side.Processes.Select(process => process.CostAsync()));
}
