using System.Text;
using Google.Protobuf;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.McpTunnel.Tests.Tunnel;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>
/// A broker that begins more items than a tunnel process has room for, which none of ours does: the item that finds no room fails, the
/// tunnel keeps to its memory, and the stream beside goes on.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PartialItemsTests(TunnelBuild build)
{
    private const int Mebibyte = 1024 * 1024;

    // The first item is as large as an item may be, but for a little; with the second the room is full to the byte.
    private const int OfFirst = 40;
    private const int OfSecond = 24;

    private const int Words = 1_000;

    private readonly StringBuilder _said = new();
    private FakeBroker _broker = null!;
    private Stack _stack = null!;

    [SetUp]
    public async Task SetUp()
    {
        _stack = await Stack.StartBrokerOnlyAsync(build);
        _stack.WithoutClis();
        _broker = await FakeBroker.StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _stack.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task Parts_MoreThanThereIsRoomFor_FailTheirItem()
    {
        var command = TunnelProgram.Command(build);
        var environment = _stack.TunnelEnvironment();
        environment["POLYDEV_BROKER_URL"] = _broker.Url.ToString();
        await using var tunnel = RunningProgram.Start(command[0], [.. command.Skip(1), "tunnel"], environment);
        var peer = await WelcomeAsync();
        var text = string.Concat(Enumerable.Range(0, Words).Select(index => $"w{index} "));
        await peer.SendAsync(Asking("beside", text));

        // All that it may say until some of it is taken: what comes next is of another item.
        var through = 0UL;
        while (through < TunnelProtocol.CreditWindow)
        {
            through = Take(await peer.EventAsync()).Sequence;
        }

        await SendPartsAsync(peer, "first", OfFirst);
        await SendPartsAsync(peer, "second", OfSecond);
        await SendPartAsync(peer, "second", OfSecond);
        var failed = await peer.EventAsync();
        Assert.That((failed.WorkId, failed.Failed?.Kind), Is.EqualTo(("second", (FailureKind?)FailureKind.Busy)));
        Assert.That(failed.Failed?.Message, Does.Contain("more large requests than it has room for"));

        for (var isOver = false; !isOver;)
        {
            await peer.SendAsync(new BrokerFrame { Credit = new Credit { WorkId = "beside", Through = through } });
            do
            {
                var next = Take(await peer.EventAsync());
                (through, isOver) = (next.Sequence, next.Finished is not null);
            }
            while (!isOver && through % TunnelProtocol.CreditWindow != 0);
        }

        Assert.That(_said.ToString(), Is.EqualTo(text));
        var peak = ProcessFigures.PeakMegabytes(tunnel.Id);
        await TestContext.Out.WriteLineAsync($"Peak of the tunnel: {peak:F0} MB.");
        Assert.That(peak, Is.LessThan(BoundsRig.MostMegabytes));
    }

    // With more patience than a tunnel needs that is always being sent something.
    private async Task<FakeBrokerPeer> WelcomeAsync()
    {
        var peer = await _broker.AcceptAsync();
        await peer.SendAsync(new BrokerFrame
        {
            Welcome = new Welcome
            {
                SessionId = "s",
                Features = { TunnelProtocol.Features },
                Limits = new TunnelLimits { HeartbeatSeconds = 60, DeadAfterSeconds = 600 },
            },
        });
        return peer;
    }

    private static WorkItem Asking(string workId, string text) => new()
    {
        WorkId = workId,
        Provider = Providers.Echo,
        Model = KnownModels.Echo,
        InitialCredit = TunnelProtocol.CreditWindow,
        Messages = { new Message { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = text } } } } },
    };

    private static async Task SendPartsAsync(FakeBrokerPeer peer, string workId, int count)
    {
        for (var index = 0; index < count; index++)
        {
            await SendPartAsync(peer, workId, index);
        }
    }

    private static Task SendPartAsync(FakeBrokerPeer peer, string workId, int index) => peer.SendAsync(new BrokerFrame
    {
        Chunk = new WorkItemChunk { WorkId = workId, Index = (uint)index, Data = ByteString.CopyFrom(new byte[Mebibyte]) },
    });

    private WorkEvent Take(WorkEvent next)
    {
        Assert.That((next.WorkId, next.Failed), Is.EqualTo(("beside", (Failed?)null)));
        _said.Append(next.Text?.Text);
        return next;
    }
}
