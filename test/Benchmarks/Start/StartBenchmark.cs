using System.Diagnostics;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.Benchmarks.Start;

/// <summary>
/// From the start of <c>polydev-mcp</c> to its reply to <c>initialize</c>: the Native AOT binary against the framework-dependent build,
/// in turns within one run. Editors start it again and again.
/// </summary>
internal static class StartBenchmark
{
    private const int Pairs = 9;
    private const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}"""
        + ""","clientInfo":{"name":"benchmark","version":"1"}}}""";

    public static async Task<int> RunAsync()
    {
        using var folder = new TemporaryFolder();
        if (ReleaseBuild.NativeProblem() is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 2;
        }

        var (nativeTimes, managedTimes) = (new Samples(), new Samples());
        for (var pair = 0; pair <= Pairs; pair++)
        {
            var managed = await InitializeAsync(TunnelProgram.Command(TunnelBuild.Managed), folder.FullName);
            var ahead = await InitializeAsync([TunnelProgram.Native], folder.FullName);
            if (pair > 0)
            {
                managedTimes.Add(managed);
                nativeTimes.Add(ahead);
            }
        }

        var ratio = nativeTimes.Median / managedTimes.Median;
        Console.WriteLine(
            $"framework-dependent {managedTimes.Median:0} ms   native {nativeTimes.Median:0} ms   "
            + $"ratio {ratio:0.00} (medians of {Pairs} pairs)");
        return 0;
    }

    private static async Task<TimeSpan> InitializeAsync(IReadOnlyList<string> command, string state)
    {
        var started = Stopwatch.GetTimestamp();
        var environment = new Dictionary<string, string> { ["POLYDEV_STATE_DIR"] = state, ["HOME"] = state };
        await using var server = RunningProgram.Start(command[0], command.Skip(1), environment);
        await server.Input.WriteLineAsync(Initialize);
        await server.Input.FlushAsync();
        await server.LineWithAsync("serverInfo");
        return Stopwatch.GetElapsedTime(started);
    }
}
