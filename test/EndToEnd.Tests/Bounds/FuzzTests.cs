using System.Collections.Concurrent;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Fuzz;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>
/// Twenty thousand bent requests to a broker process, behind which the echo of a tunnel process answers, and for the CLIs' models a tunnel
/// that calls tools and fails too. Each case is made from the run's seed and its own number; a failure prints both.
/// <c>POLYDEV_FUZZ=seed</c> makes that run again, <c>POLYDEV_FUZZ=seed:number</c> that one case alone.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FuzzTests
{
    private const int Cases = 20_000;

    // The first requests load code and fill pools: what the process takes is looked at behind them.
    private const int WarmUp = 1_000;
    private const int Connections = 6;
    private const double MostGrowth = 1.5;

    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentDictionary<int, int> _statuses = new();
    private BoundsRig _rig = null!;
    private FakeTunnel _tunnel = null!;

    private Uri Address => new(_rig.Stack.BrokerUrl);

    [SetUp]
    public async Task SetUp()
    {
        _rig = await BoundsRig.StartAsync(isStreaming: false);
        string[] providers = [Providers.Claude, Providers.Codex, Providers.Gemini];
        _tunnel = await _rig.ConnectAsync(Frames.Hello("fuzz", [.. providers.Select(Taking)]));
        _tunnel.Answer = EchoAnswers.Of;
    }

    [TearDown]
    public async Task TearDown()
    {
        await _tunnel.DisposeAsync();
        await _rig.DisposeAsync();
    }

    [Test]
    public async Task Requests_BentInAnyWay_GetAnAnswerOfTheirDialectAndLeaveNothingBehind()
    {
        var (seed, only) = FuzzSeed.Asked();
        TestContext.Out.WriteLine($"POLYDEV_FUZZ={seed}");
        var requests = new FuzzRequests(seed, Address.Authority, _rig.Stack.Key);
        if (only is { } number)
        {
            await RunAsync(seed, requests, [number]);
            Report();
            return;
        }

        await RunAsync(seed, requests, Enumerable.Range(0, WarmUp));
        var before = await _rig.HeldMegabytesAsync();
        await RunAsync(seed, requests, Enumerable.Range(WarmUp, Cases - WarmUp));
        var after = await _rig.HeldMegabytesAsync();

        TestContext.Out.WriteLine($"Resident: {before:F0} MB after the first {WarmUp}, {after:F0} MB after all.");
        Report();
        Assert.Multiple(() =>
        {
            Assert.That(_statuses.GetValueOrDefault(200), Is.GreaterThan(Cases / 20), "Enough of them reach the tunnels and come back.");
            Assert.That(_statuses.GetValueOrDefault(400), Is.GreaterThan(Cases / 10), "Enough of them are bad.");
            Assert.That(_statuses.GetValueOrDefault(502), Is.GreaterThan(Cases / 50), "Enough of them are failed.");
            Assert.That(after, Is.LessThanOrEqualTo(before * MostGrowth), "The resident memory grows.");
        });
        await _rig.AssertUndisturbedAsync();
    }

    private static CliInfo Taking(string provider) => new(Frames.Cli(provider)) { Honours = { RequestFeatures.Tools } };

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
                    using var own = await RawConnection.OpenAsync(Address);
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
        return RawConnection.OpenAsync(Address);
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
}
