using Google.Protobuf;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>What a tunnel that was welcome can do wrong with an item.</summary>
internal static class BrokenTunnelAnswers
{
    private static readonly FailureKind[] Kinds =
    [
        FailureKind.Unspecified, FailureKind.Internal, FailureKind.TunnelFailed, FailureKind.CliCrashed, FailureKind.Upstream,
        FailureKind.TunnelLost, FailureKind.TimedOut, (FailureKind)99,
    ];

    public static (string Name, Func<BrokenTunnel, WorkItem, Task> Do)[] All { get; } =
    [
        ("answers well", WellAsync),
        ("says hello twice", async (tunnel, work) =>
        {
            await tunnel.Stream.SendAsync(new ClientFrame { Hello = tunnel.Hello() });
            await WellAsync(tunnel, work);
        }),
        ("comes twice", async (tunnel, _) =>
        {
            // The second takes the place of the first.
            await tunnel.Open().SendAsync(new ClientFrame { Hello = tunnel.Hello() });
        }),
        ("sends frames of no kind", async (tunnel, work) =>
        {
            await tunnel.Stream.SendAsync([]);
            await tunnel.Stream.SendAsync([0xF2, 0x3F, 0x01, 0x78]);
            await tunnel.Stream.SendAsync(new ClientFrame { Events = new EventBatch() });
            await WellAsync(tunnel, work);
        }),
        ("sends random bytes", (tunnel, _) => tunnel.Stream.SendAsync(tunnel.Bytes(5000))),
        ("sends text that is no UTF-8", (tunnel, work) =>
        {
            var bytes = Frames.Event(work.WorkId, 1, WorkEvents.Text("xxxxxx")).ToByteArray();
            bytes.AsSpan(^4).Fill(0xFF);
            return tunnel.Stream.SendAsync(bytes);
        }),
        ("changes bytes of its answer", async (tunnel, work) =>
        {
            foreach (var frame in Frames.Answer(work.WorkId, "some", "text"))
            {
                var bytes = frame.ToByteArray();
                bytes[tunnel.Random.Next(bytes.Length)] ^= (byte)tunnel.Random.Next(1, 256);
                await tunnel.Stream.SendAsync(bytes);
            }
        }),
        ("answers what it was not asked", async (tunnel, work) =>
        {
            await SendAsync(tunnel, "unknown", WorkEvents.Started(), WorkEvents.Text("x"));
            await SendAsync(tunnel, string.Empty, WorkEvents.Started());
            await SendAsync(tunnel, new string('w', 1_000_000), WorkEvents.Started());
            await SendAsync(tunnel, work.WorkId + "0", WorkEvents.Started());
            await WellAsync(tunnel, work);
            await WellAsync(tunnel, work);
        }),
        ("breaks the order", (tunnel, work) => SendAsync(tunnel, work.WorkId, [.. Shuffled(tunnel)])),
        ("says Started twice", (tunnel, work) => SendAsync(tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.Started())),
        ("sends an event of no kind", (tunnel, work) => SendAsync(tunnel, work.WorkId, WorkEvents.Started(), new WorkEvent())),
        ("ends inside a tool call", (tunnel, work) => SendAsync(
            tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.ToolCallStarted("c", "t"), WorkEvents.Finished(StopReason.ToolUse))),
        ("sends wrong sequences", async (tunnel, work) =>
        {
            var sequence = tunnel.Random.Next(4) switch { 0 => 0, 1 => 2, 2 => ulong.MaxValue, _ => (ulong)tunnel.Random.NextInt64() };
            await tunnel.Stream.SendAsync(Frames.Event(work.WorkId, sequence, WorkEvents.Started()));
            await WellAsync(tunnel, work);
        }),
        ("sends more events than its credit", (tunnel, work) => SendAsync(
            tunnel, work.WorkId, [WorkEvents.Started(), .. Enumerable.Range(0, 600).Select(_ => WorkEvents.Text("x"))])),
        ("sends more bytes than its credit", (tunnel, work) => SendAsync(
            tunnel,
            work.WorkId,
            [WorkEvents.Started(), .. Enumerable.Range(0, 20).Select(_ => WorkEvents.Text(new string('x', 1_000_000)))])),
        ("has a tool id without bound", (tunnel, work) => SendAsync(
            tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.ToolCallStarted(new string('x', 3_000_000), "t"))),
        ("fails with a message without bound", (tunnel, work) => SendAsync(
            tunnel, work.WorkId, WorkEvents.Failed(FailureKind.Upstream, new string('x', 3_000_000)))),
        ("sends an event too large for a message", (tunnel, work) => SendAsync(
            tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.Text(new string('x', 5_000_000)))),
        ("sends more than is read", (tunnel, work) => SendAsync(
            tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.Text(new string('x', 9_000_000)))),
        ("fails in some way", (tunnel, work) => SendAsync(
            tunnel, work.WorkId, WorkEvents.Failed(Kinds[tunnel.Random.Next(Kinds.Length)], "It went wrong."))),
        ("fails in the middle", (tunnel, work) => SendAsync(
            tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.Text("half"), WorkEvents.Failed(FailureKind.Internal, string.Empty))),
        ("is cut in the middle", async (tunnel, work) =>
        {
            await SendAsync(tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.Text("half"));
            tunnel.Stream.Dispose();
        }),
        ("completes in the middle", async (tunnel, work) =>
        {
            await SendAsync(tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.Text("half"));
            await tunnel.Stream.CompleteAsync();
        }),
        ("says goodbye in the middle", async (tunnel, work) =>
        {
            await SendAsync(tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.Text("half"));
            await tunnel.Stream.SendAsync(new ClientFrame { Goodbye = new Goodbye { Reason = new string('x', 100_000) } });
            await WellAsync(tunnel, work);
        }),
        ("changes its catalog again and again", async (tunnel, work) =>
        {
            for (var index = 0; index < 100; index++)
            {
                var catalog = index % 3 == 0 ? new Catalog() : tunnel.Hello().Catalog;
                await tunnel.Stream.SendAsync(new ClientFrame { Catalog = catalog });
            }

            await tunnel.Stream.SendAsync(new ClientFrame { Catalog = BrokenTunnelGreetings.Huge(tunnel) });
            await WellAsync(tunnel, work);
        }),
        ("falls silent", (tunnel, work) =>
        {
            tunnel.IsMute = true;
            return SendAsync(tunnel, work.WorkId, WorkEvents.Started());
        }),
        ("answers pings alone", (tunnel, work) => SendAsync(tunnel, work.WorkId, WorkEvents.Started(), WorkEvents.Text("half"))),
        ("says nothing", (_, _) => Task.CompletedTask),
        ("mixes items in a batch", (tunnel, work) =>
        {
            var batch = new EventBatch();
            foreach (var (good, bad) in Frames.Answer(work.WorkId, "one").Zip(Frames.Answer("unknown", "two")))
            {
                batch.Events.Add([bad.Event, good.Event, bad.Event]);
            }

            return tunnel.Stream.SendAsync(new ClientFrame { Events = batch });
        }),
    ];

    private static async Task WellAsync(BrokenTunnel tunnel, WorkItem work)
    {
        foreach (var frame in Frames.Answer(work.WorkId, "well"))
        {
            await tunnel.Stream.SendAsync(frame);
        }
    }

    private static IEnumerable<WorkEvent> Shuffled(BrokenTunnel tunnel)
    {
        WorkEvent[] events =
        [
            WorkEvents.Started(), WorkEvents.Text("a"), WorkEvents.Thinking("b"), WorkEvents.ToolCallStarted("c", "t"),
            WorkEvents.ToolCallArguments("c", "{}"), WorkEvents.ToolCallFinished("c"), WorkEvents.Finished(StopReason.EndTurn),
            WorkEvents.Failed(FailureKind.Upstream, "It went wrong."), new WorkEvent { Usage = new Usage { InputTokens = ulong.MaxValue } },
        ];
        tunnel.Random.Shuffle(events);
        return events;
    }

    private static async Task SendAsync(BrokenTunnel tunnel, string workId, params WorkEvent[] events)
    {
        for (var index = 0; index < events.Length; index++)
        {
            await tunnel.Stream.SendAsync(Frames.Event(workId, (ulong)index + 1, events[index]));
        }
    }
}
