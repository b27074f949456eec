using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>
/// Twenty thousand bent requests over real sockets. Each case is made from the run's seed and its own number; a failure prints both.
/// <c>POLYDEV_FUZZ=seed</c> makes that run again, <c>POLYDEV_FUZZ=seed:number</c> that one case alone.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FuzzTests
{
    private const int Cases = 20_000;
    private const int WarmUp = 5_000;
    private const int Connections = 6;
    private const double MostGrowth = 1.5;

    // Where the whole heap is some 15 MB, as when this test runs alone: what the shared pool keeps for each thread is of that size.
    // One object of 4 kB left behind by each request would still show.
    private const long Pooled = 32_000_000;

    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentDictionary<int, int> _statuses = new();
    private RunningBroker _broker = null!;
    private FakeTunnel _tunnel = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync();
        string[] providers = [Providers.Claude, Providers.Codex, Providers.Gemini, Providers.Echo];
        _tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("fuzz", [.. providers.Select(Taking)]));
        _tunnel.Answer = EchoAnswers.Of;
    }

    [TearDown]
    public async Task TearDown()
    {
        await _tunnel.DisposeAsync();

        // An error in the log, an exception that nobody expected among them, fails the test here.
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task Requests_BentInAnyWay_GetAnAnswerOfTheirDialectAndLeaveNothingBehind()
    {
        var (seed, only) = Asked();
        TestContext.Out.WriteLine($"POLYDEV_FUZZ={seed}");
        var requests = new FuzzRequests(seed, _broker.Http.BaseAddress!.Authority, _broker.Key);
        if (only is { } number)
        {
            await RunAsync(seed, requests, [number]);
            Report();
            return;
        }

        await RunAsync(seed, requests, Enumerable.Range(0, WarmUp));
        var before = await MemoryAsync();
        await RunAsync(seed, requests, Enumerable.Range(WarmUp, Cases - WarmUp));
        var after = await MemoryAsync();

        TestContext.Out.WriteLine($"Memory: {before} before, {after} after.");
        Report();
        Assert.Multiple(() =>
        {
            Assert.That(_statuses.GetValueOrDefault(200), Is.GreaterThan(Cases / 20), "Enough of them reach the tunnel and come back.");
            Assert.That(_statuses.GetValueOrDefault(400), Is.GreaterThan(Cases / 10), "Enough of them are bad.");
            Assert.That(after.Heap, Is.LessThan(Math.Max(before.Heap * MostGrowth, before.Heap + Pooled)), "The heap grows.");
            Assert.That(after.Resident, Is.LessThan(before.Resident * MostGrowth), "The resident memory grows.");
        });
    }

    private static CliInfo Taking(string provider) => new(Frames.Cli(provider)) { Honours = { RequestFeatures.Tools } };

    private static (int Seed, int? Only) Asked()
    {
        var asked = Environment.GetEnvironmentVariable("POLYDEV_FUZZ")?.Split(':') ?? [];
        var numbers = Array.ConvertAll(asked, text => int.Parse(text, CultureInfo.InvariantCulture));
        return (numbers.Length > 0 ? numbers[0] : RandomNumberGenerator.GetInt32(1_000_000), numbers.Length > 1 ? numbers[1] : null);
    }

    private async Task RunAsync(int seed, FuzzRequests requests, IEnumerable<int> numbers)
    {
        var left = new ConcurrentQueue<int>(numbers);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => RunAsync(seed, requests, left))));
    }

    private async Task RunAsync(int seed, FuzzRequests requests, ConcurrentQueue<int> left)
    {
        RawConnection? kept = null;
        try
        {
            while (left.TryDequeue(out var number))
            {
                var made = requests.Make(number);
                if (made.IsGoodHttp)
                {
                    kept = kept is { IsOver: false } ? kept : await ReopenAsync(kept);
                    await TryAsync(seed, made, kept);
                }
                else
                {
                    using var own = await RawConnection.OpenAsync(_broker.Http.BaseAddress!);
                    await TryAsync(seed, made, own);
                }
            }
        }
        finally
        {
            kept?.Dispose();
        }
    }

    private Task<RawConnection> ReopenAsync(RawConnection? over)
    {
        over?.Dispose();
        return RawConnection.OpenAsync(_broker.Http.BaseAddress!);
    }

    private async Task TryAsync(int seed, FuzzCase made, RawConnection connection)
    {
        RawAnswer? answer = null;
        string? wrong;
        try
        {
            answer = await connection.SendAsync(made.ToBytes(), made.Method != "HEAD", made.IsCutOff).DefaultTimeout();
            wrong = AnswerCheck.Find(made, answer);
        }
        catch (Exception e)
        {
            wrong = e.Message;
        }

        _statuses.AddOrUpdate(answer?.Status ?? 0, 1, (_, count) => count + 1);
        if (wrong is not null)
        {
            _wrong.Enqueue($"POLYDEV_FUZZ={seed}:{made.Number}: {wrong}\n{made}\n");
        }
    }

    private void Report()
    {
        TestContext.Out.WriteLine(string.Join(", ", _statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}")));
        var kinds = _wrong.GroupBy(text => text[text.IndexOf(": ", StringComparison.Ordinal)..text.IndexOf('\n')]);
        var shown = kinds.SelectMany(kind => kind.Take(3));
        Assert.That(_wrong, Is.Empty, $"{_wrong.Count} answers are wrong:\n{string.Join('\n', shown)}");
    }

    // Once no call is in hand any more: of those whose caller has gone, the end comes a little later.
    private async Task<Memory> MemoryAsync()
    {
        var directory = _broker.Services.GetRequiredService<ITunnelDirectory>();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        while ((await directory.SummarizeAsync(CancellationToken.None)).InFlight > 0)
        {
            Assert.That(await ticks.WaitForNextTickAsync().AsTask().DefaultTimeout(), Is.True);
        }

        for (var pass = 0; pass < 2; pass++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        return new Memory(GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }

    private sealed record Memory(long Heap, long Resident)
    {
        public override string ToString() => $"{Heap / 1_000_000} MB of heap, {Resident / 1_000_000} MB resident";
    }
}
