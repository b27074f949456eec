using Grpc.Core;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Tunnels;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionWriterTests
{
    private readonly TunnelRig _rig = new();
    private readonly Written _written = new();

    [Test]
    public async Task Upload_UnderWay_LetsOthersPass()
    {
        var session = _rig.Connect();
        await using var large = Start(session, "large", 10_000_000);
        var pause = _written.PauseAt("large 1");
        var running = RunAsync(session);
        await pause.WaitForArrivalAsync();

        await using var small = Start(session, "small", 10);
        session.Ping(7);
        session.Cancel("other");
        pause.Release();
        await _written.WhenAsync("large 152");
        session.Close();
        await running.DefaultTimeout();

        var after = _written.Frames.SkipWhile(frame => frame != "large 1").Skip(1).Take(4);
        Assert.That(after, Is.EqualTo(new[] { "small", "ping", "cancel other", "large 2" }));
    }

    [Test]
    public async Task Uploads_TwoAtOnce_GoInTurn()
    {
        var session = _rig.Connect();
        await using var one = Start(session, "one", 200_000);
        await using var two = Start(session, "two", 200_000);
        var running = RunAsync(session);
        await _written.WhenAsync("two 3");
        session.Close();
        await running.DefaultTimeout();

        var expected = Enumerable.Range(0, 4).SelectMany(index => new[] { $"one {index}", $"two {index}" });
        Assert.That(_written.Frames.Skip(1), Is.EqualTo(expected));
    }

    [Test]
    public async Task Uploads_MoreThanATunnelTakesInParts_WaitForTheirTurn()
    {
        var session = _rig.Connect();
        await using var one = Start(session, "one", 30_000_000);
        await using var two = Start(session, "two", 30_000_000);
        var running = RunAsync(session);
        await _written.WhenAsync("two 457");
        session.Close();
        await running.DefaultTimeout();

        var frames = _written.Frames.Skip(1).ToList();
        Assert.That(frames.FindLastIndex(frame => frame.StartsWith("one", StringComparison.Ordinal)), Is.LessThan(frames.IndexOf("two 0")));
    }

    [Test]
    public async Task Upload_WhoseCallerHasGone_Stops()
    {
        var session = _rig.Connect();
        var large = Start(session, "large", 10_000_000);
        var pause = _written.PauseAt("large 1");
        var running = RunAsync(session);
        await pause.WaitForArrivalAsync();

        await large.DisposeAsync();
        pause.Release();
        await _written.WhenAsync("cancel large");
        await using var next = Start(session, "next", 10);
        await _written.WhenAsync("next");
        session.Close();
        await running.DefaultTimeout();

        Assert.That(_written.Frames.Skip(1), Is.EqualTo(new[] { "large 0", "large 1", "cancel large", "next" }));
    }

    [Test]
    public async Task Close_WithAnUploadUnderWay_EndsTheWriter()
    {
        var session = _rig.Connect();
        await using var large = Start(session, "large", 10_000_000);
        var pause = _written.PauseAt("large 1");
        var running = RunAsync(session);
        await pause.WaitForArrivalAsync();

        session.Close();
        pause.Release();

        await running.DefaultTimeout();
        Assert.That(_written.Frames[^1], Is.EqualTo("large 1"));
    }

    private static InFlightWork Start(TunnelSession session, string workId, int length) =>
        session.Account.Start(session, new WorkItem { WorkId = workId, Instructions = new string('x', length) });

    private Task RunAsync(TunnelSession session) =>
        new SessionWriter(session, _written).RunAsync(new BrokerFrame { Welcome = new Welcome() }, CancellationToken.None);

    /// <summary>What the writer wrote, as words: a frame itself shows memory that is used again.</summary>
    private sealed class Written : IServerStreamWriter<BrokerFrame>
    {
        private readonly Lock _lock = new();
        private readonly List<string> _frames = [];
        private readonly Dictionary<string, TaskCompletionSource> _seen = [];
        private readonly SyncPoint _pause = new();
        private string? _pauseAt;

        public WriteOptions? WriteOptions { get; set; }

        public List<string> Frames
        {
            get
            {
                lock (_lock)
                {
                    return [.. _frames];
                }
            }
        }

        public SyncPoint PauseAt(string frame)
        {
            _pauseAt = frame;
            return _pause;
        }

        public Task WhenAsync(string frame) => Seen(frame).Task.DefaultTimeout();

        public async Task WriteAsync(BrokerFrame message)
        {
            var frame = Word(message);
            lock (_lock)
            {
                _frames.Add(frame);
            }

            Seen(frame).TrySetResult();
            await (frame == _pauseAt ? _pause.ArriveAsync() : Task.CompletedTask);
        }

        private TaskCompletionSource Seen(string frame)
        {
            lock (_lock)
            {
                return _seen.TryGetValue(frame, out var known)
                    ? known
                    : _seen[frame] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        private static string Word(BrokerFrame frame) => frame.KindCase switch
        {
            BrokerFrame.KindOneofCase.Chunk => $"{frame.Chunk.WorkId} {frame.Chunk.Index}",
            BrokerFrame.KindOneofCase.Work => frame.Work.WorkId,
            BrokerFrame.KindOneofCase.Cancel => $"cancel {frame.Cancel.WorkId}",
            _ => frame.KindCase.ToString().ToLowerInvariant(),
        };
    }
}
