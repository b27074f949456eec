using System.Diagnostics;
using System.Globalization;
using Polydev.TestKit;

namespace Polydev.Benchmarks.Pages;

/// <summary>
/// Every page of the dashboard over a broker that is full, on both databases. Exit code 1 where the median of one is above 300 ms, which is
/// what a person still takes for at once.
/// </summary>
internal static class PagesBenchmark
{
    private const double MostMilliseconds = 300;
    private const int Rounds = 9;

    // Beside each page as it opens: what its owner chooses to see there.
    private static readonly string[] Choices =
    [
        "/usage?m=tokens&by=key", $"/calls?key={FullBroker.KeyId}", "/calls?time=all", "/calls?time=all&result=failed",
        "/calls?time=all&model=gpt-5.4", "/calls?time=all&cli=codex", "/no-such-page",
    ];

    public static async Task<int> RunAsync() =>
        await MeasureAsync("SQLite", null) | await MeasureAsync("PostgreSQL", PostgresServer.CreateDatabase()) ? 1 : 0;

    /// <returns>A page was too slow.</returns>
    private static async Task<bool> MeasureAsync(string name, string? postgres)
    {
        var began = Stopwatch.GetTimestamp();
        await using var broker = await FullBroker.StartAsync(postgres);
        using var browser = await broker.SignInAsync();
        Console.WriteLine($"{name}: 1,000 accounts, 10,000 keys, 1,000,000 calls, in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");

        var samples = broker.Pages.Concat(Choices).ToDictionary(path => path, _ => new Samples());
        var statuses = new Dictionary<string, int>();
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (path, times) in samples)
            {
                var asked = Stopwatch.GetTimestamp();
                var page = await browser.GetAsync(path);
                if ((int)page.Status >= 500 || page.Location is null && !page.Html.Contains("</html>", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException($"{path} answered {page.Status} without a page.");
                }

                statuses[path] = (int)page.Status;

                // The first round has the pages compiled.
                if (round > 0)
                {
                    times.Add(Stopwatch.GetElapsedTime(asked));
                }
            }
        }

        foreach (var (path, times) in samples)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{statuses[path]} {path,-36} {times.Median,6:0.0} ms   slowest {times.Percentile(1),6:0.0} ms"));
        }

        return samples.Values.Any(times => times.Median > MostMilliseconds);
    }
}
