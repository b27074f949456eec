using System.Diagnostics;
using System.Text;
using Polydev.EndToEnd.Tests.Stacks;

namespace Polydev.Benchmarks.Relay;

/// <summary>
/// Calls per second and latency of <c>polydev-echo</c> through broker and tunnel, against a bare Kestrel endpoint with a bare gRPC echo
/// behind it: the same client, the same number of processes, in turns within one run.
/// </summary>
internal static class RelayBenchmark
{
    private const int Rounds = 5;
    private const int CallsPerRound = 2000;
    private const int AtOnce = 8;
    private const string Question = """{"model":"polydev-echo","messages":[{"role":"user","content":"hello there"}]}""";

    public static async Task<int> RunAsync()
    {
        await using var stack = await Stack.StartAsync();
        await using var endpoint = RunningProgram.Start(Environment.ProcessPath!, ["bare-endpoint"]);
        var addresses = (await endpoint.LineWithAsync("listening")).Split(' ')[1..];
        await using var echo = RunningProgram.Start(Environment.ProcessPath!, ["bare-echo", addresses[1]]);
        await echo.LineWithAsync("online");

        using var ours = stack.CreateClient();
        using var bare = new HttpClient();
        var ourUrl = new Uri($"{stack.ApiBase}/chat/completions");
        var bareUrl = new Uri(addresses[0]);
        await RoundAsync(ours, ourUrl, new Samples());
        await RoundAsync(bare, bareUrl, new Samples());

        var (ourCalls, bareCalls) = (new Samples(), new Samples());
        var ratios = new List<double>();
        Console.WriteLine($"{CallsPerRound} calls a round, {AtOnce} at once");
        for (var round = 1; round <= Rounds; round++)
        {
            var bareRate = await RoundAsync(bare, bareUrl, bareCalls);
            var ourRate = await RoundAsync(ours, ourUrl, ourCalls);
            ratios.Add(ourRate / bareRate);
            Console.WriteLine($"round {round}: polydev {ourRate,8:0} calls/s   bare {bareRate,8:0} calls/s   ratio {ourRate / bareRate:0.00}");
        }

        Console.WriteLine($"polydev {ourCalls}");
        Console.WriteLine($"bare    {bareCalls}");
        Console.WriteLine($"ratio of calls per second, median: {ratios.Order().ElementAt(Rounds / 2):0.00}   ratio of p50: {ourCalls.Median / bareCalls.Median:0.00}   of p99: {ourCalls.Percentile(0.99) / bareCalls.Percentile(0.99):0.00}");
        return 0;
    }

    private static async Task<double> RoundAsync(HttpClient client, Uri url, Samples samples)
    {
        var started = Stopwatch.GetTimestamp();
        var left = CallsPerRound;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var called = Stopwatch.GetTimestamp();
                using var response = await client.PostAsync(url, new StringContent(Question, Encoding.UTF8, "application/json"));
                response.EnsureSuccessStatusCode();
                await response.Content.ReadAsByteArrayAsync();
                samples.Add(Stopwatch.GetElapsedTime(called));
            }
        }));
        return CallsPerRound / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
