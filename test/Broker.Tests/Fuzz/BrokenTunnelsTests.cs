using System.Globalization;
using System.Security.Cryptography;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>
/// Two thousand tunnels that break the protocol, against a whole broker over real gRPC, with calls routed to them and a good tunnel beside
/// them. The clock moves only once all of a round have done their worst, so that a busy machine changes nothing.
/// </summary>
[NonParallelizable]
public sealed class BrokenTunnelsTests
{
    private const int Tunnels = 2000;

    // With the good one below what an account may have.
    private const int Round = 25;

    // Those before it are the measure of what the broker's memory comes to.
    private const int WarmUp = 250;

    // Bytes: a third of the frames of 9 MB that come after the warm-up.
    private const long LargeFrames = 250_000_000;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RoundLimit = TimeSpan.FromMinutes(5);

    private readonly TestClock _time = new();
    private RunningBroker _broker = null!;
    private FakeTunnel _good = null!;

    [TearDown]
    public async Task TearDown()
    {
        await _good.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task BrokenTunnels_OfEveryKind_CostTheirOwnCallsAlone()
    {
        var seed = Environment.GetEnvironmentVariable("POLYDEV_FUZZ") is { Length: > 0 } named
            ? int.Parse(named.Split(':')[0], CultureInfo.InvariantCulture)
            : RandomNumberGenerator.GetInt32(1_000_000);
        await TestContext.Out.WriteLineAsync($"Seed {seed}; POLYDEV_FUZZ={seed} repeats it.");
        _broker = await RunningBroker.StartAsync(
            options => options with { Timeout = TimeSpan.FromSeconds(20) },
            services => services.AddSingleton<TimeProvider>(_time).PostConfigure<KestrelServerOptions>(WithoutPings));
        _good = await _broker.ConnectTunnelAsync(Frames.Hello("good", Frames.Cli(Providers.Claude)));
        _good.Answer = work => Frames.Answer(work.WorkId, "good");
        var before = (Small: 0L, Large: 0L);
        for (var first = 0; first < Tunnels; first += Round)
        {
            var round = Enumerable.Range(first, Round).Select(index => new BrokenTunnel(index, new Random(seed + index))).ToList();
            await RunAsync(round).WaitAsync(RoundLimit);
            before = first + Round == WarmUp ? Heap() : before;
        }

        var after = await IdleHeapAsync();
        await TestContext.Out.WriteLineAsync($"Managed memory, small and large objects, in bytes: {before}, then {after}.");
        Assert.That(after.Small, Is.LessThanOrEqualTo(before.Small * 3 / 2));
        Assert.That(after.Large, Is.LessThanOrEqualTo(before.Large + LargeFrames));
        await AssertNothingIsLeftAsync();
    }

    // Kestrel's pings go by the real clock, and on a busy machine this process may not answer one in time: the good tunnel would be cut
    // off, and a call would wait for its return by a clock that stands still.
    private static void WithoutPings(KestrelServerOptions kestrel) => kestrel.Limits.Http2.KeepAlivePingDelay = Timeout.InfiniteTimeSpan;

    // The large objects apart: the tunnels' clients, in this very process, write frames of 9 MB into arrays of the shared pool, which keeps
    // some of them for each thread, and for half a minute after.
    private static (long Small, long Large) Heap()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        var live = new List<long>();
        foreach (var generation in GC.GetGCMemoryInfo(GCKind.FullBlocking).GenerationInfo)
        {
            live.Add(generation.SizeAfterBytes - generation.FragmentationAfterBytes);
        }

        return (live[0] + live[1] + live[2], live[3]);
    }

    private static async Task<(long Small, long Large)> IdleHeapAsync()
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromSeconds(5), TimeProvider.System);
        for (var tick = 0; tick < 7; tick++)
        {
            GC.Collect();
            await ticks.WaitForNextTickAsync();
        }

        return Heap();
    }

    private async Task RunAsync(List<BrokenTunnel> round)
    {
        using var channel = GrpcChannel.ForAddress(_broker.Addresses.Grpc);
        var running = round.ConvertAll(tunnel => tunnel.RunAsync(channel, _broker.Token));
        await Task.WhenAll(round.Select(tunnel => tunnel.Ready));
        var calls = round.ConvertAll(tunnel => BrokenTunnelCall.AskAsync(_broker, tunnel));
        await Task.WhenAll(round.Select(tunnel => tunnel.Acted));

        var all = Task.WhenAll(calls);
        while (!all.IsCompleted)
        {
            await StepAsync();
        }

        await all;
        round.ForEach(tunnel => tunnel.Dispose());
        await Task.WhenAll(running);
        await WhenOnlyTheGoodOneIsOnlineAsync();
    }

    // The good tunnel is heard before the clock moves: what it sends arrives in its order.
    private async Task StepAsync()
    {
        await _good.SendAsync([new ClientFrame { Pong = new Pong() }]);
        var (path, body) = CallShapes.Of("openai-chat");
        Assert.That(_good.IsOver, Is.False, "The good tunnel's connection is over.");
        using var response = await _broker.PostAsync(path, body);
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("\"content\":\"good\""));
        _time.Advance(Step);
    }

    private async Task WhenOnlyTheGoodOneIsOnlineAsync()
    {
        var directory = _broker.Services.GetRequiredService<ITunnelDirectory>();
        while (await directory.FindAsync(Account.OwnerId, CancellationToken.None) is { Online.Count: not 1 } seen)
        {
            await directory.WaitForChangeAsync(seen, CancellationToken.None).DefaultTimeout();
        }
    }

    // A broker that stops waits for its work, and the clock stands still: it would wait for ever.
    private async Task AssertNothingIsLeftAsync()
    {
        await _broker.StopAsync().DefaultTimeout();
        var left = await _broker.Services.GetRequiredService<ITunnelDirectory>().SummarizeAsync(CancellationToken.None);
        Assert.That(left, Is.EqualTo(new DirectorySummary(0, 0)));
    }
}
