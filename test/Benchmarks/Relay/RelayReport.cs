using System.Globalization;

namespace Polydev.Benchmarks.Relay;

/// <summary>What a person reads of it.</summary>
internal static class RelayReport
{
    /// <summary>What the broker and the tunnel may allocate for a short call, in bytes.</summary>
    private const int BrokerAim = 9000;
    private const int TunnelAim = 5000;

    public static double Load(RelayLoad load, IReadOnlyList<RelayRound> floors, IReadOnlyList<RelayRound> ours)
    {
        var ratios = ours.Zip(floors, (our, floor) => our.Rate / floor.Rate).Order().ToList();
        var ratio = ratios[ratios.Count / 2];
        Print($"{load.Title}: {ratios.Count} rounds of {load.PerRound} calls");
        Side(load, "polydev", ["broker", "tunnel"], ours);
        Side(load, "floor", ["endpoint", "echo"], floors);
        Print($"  ratio    {ratio:0.00} of the floor's calls/s (target {load.Target:0.00}; rounds {ratios[0]:0.00} to {ratios[^1]:0.00})");
        Print($"           {Cpu(load, floors) / Cpu(load, ours):0.00} by CPU time, the client's included: less shaken by a busy machine");
        if (load.Name == "whole")
        {
            Print($"  broker   {Allocated(load, ours, 0)} a call (aim {Kilobytes(BrokerAim)})");
        }

        Console.WriteLine();
        return ratio;
    }

    public static void Allocations(RelayLoad load, RelayRound round)
    {
        var aim = load.Name == "whole" ? $" (aim {Kilobytes(TunnelAim)})" : string.Empty;
        Print($"  {Allocated(load, [round], 1)} a call of '{load.Title}'{aim}");
    }

    private static void Side(RelayLoad load, string name, string[] processes, IReadOnlyList<RelayRound> rounds)
    {
        var rate = Samples.MedianOf(rounds.Select(round => round.Rate));
        var p50 = Samples.MedianOf(rounds.Select(round => round.Samples.Median));
        var p99 = Samples.MedianOf(rounds.Select(round => round.Samples.Percentile(0.99)));
        Print($"  {name,-8} {rate,7:0} calls/s   p50 {p50,6:0.0} ms   p99 {p99,6:0.0} ms");
        var costs = processes.Select((process, index) =>
        {
            var cpu = Samples.MedianOf(rounds.Select(round => Microseconds(load, round.Costs[index].Cpu)));
            return $"{process} {cpu:0} us, {Allocated(load, rounds, index)}";
        });
        var client = Samples.MedianOf(rounds.Select(round => Microseconds(load, round.Client)));
        Print($"           a call: {string.Join("; ", costs)}; client {client:0} us");
    }

    private static double Cpu(RelayLoad load, IReadOnlyList<RelayRound> rounds) =>
        Samples.MedianOf(rounds.Select(round => Microseconds(load, round.Client) + round.Costs.Sum(cost => Microseconds(load, cost.Cpu))));

    private static double Microseconds(RelayLoad load, TimeSpan cpu) => cpu.TotalMicroseconds / load.PerRound;

    private static string Allocated(RelayLoad load, IReadOnlyList<RelayRound> rounds, int process) =>
        rounds[0].Costs[process].Allocated is null
            ? "allocations below"
            : Kilobytes(Samples.MedianOf(rounds.Select(round => (double)round.Costs[process].Allocated!.Value / load.PerRound)));

    private static string Kilobytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000:0.0} kB");

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}

/// <summary>One side's round of a load.</summary>
/// <param name="Rate">Calls a second.</param>
/// <param name="Costs">Of the broker (or endpoint) and the tunnel (or echo).</param>
/// <param name="Client">CPU time of the loading process.</param>
internal sealed record RelayRound(double Rate, Samples Samples, IReadOnlyList<ProcessCost> Costs, TimeSpan Client);
