using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Tunnels;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TunnelSessionTests
{
    private readonly FakeTimeProvider _time = new();
    private TunnelSession _session = null!;

    [SetUp]
    public void SetUp() => _session = new TunnelSession("owner", Frames.Hello(), TimeSpan.FromSeconds(120), _time);

    [Test]
    public async Task Run_Answer_GivesItsEventsInOrder()
    {
        var running = RunAsync("w1");
        Assert.That((await SentAsync()).Work.WorkId, Is.EqualTo("w1"));

        Receive(Frames.Answer("w1", "Hel", "lo"));

        var events = await running.DefaultTimeout();
        Assert.That(events.Select(next => next.KindCase), Is.EqualTo(new[]
        {
            WorkEvent.KindOneofCase.Started, WorkEvent.KindOneofCase.Text, WorkEvent.KindOneofCase.Text, WorkEvent.KindOneofCase.Finished,
        }));
        Assert.That(_session.InFlight, Is.Zero);
        Assert.That(_session.Outgoing.TryRead(out _), Is.False, "a finished item needs no Cancel");
    }

    [Test]
    public async Task Run_TwoItems_KeepsTheirEventsApart()
    {
        var first = RunAsync("w1");
        var second = RunAsync("w2");

        foreach (var (one, two) in Frames.Answer("w1", "one").Zip(Frames.Answer("w2", "two")))
        {
            _session.Receive(two);
            _session.Receive(one);
        }

        Assert.That(Text(await first.DefaultTimeout()), Is.EqualTo("one"));
        Assert.That(Text(await second.DefaultTimeout()), Is.EqualTo("two"));
    }

    [Test]
    public async Task Run_CallerLeaves_SendsCancel()
    {
        using var leaving = new CancellationTokenSource();
        var running = RunAsync("w1", leaving.Token);
        await SentAsync();

        await leaving.CancelAsync();

        Assert.That(async () => await running.DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await SentAsync()).Cancel.WorkId, Is.EqualTo("w1"));
        Assert.That(_session.InFlight, Is.Zero);
    }

    [Test]
    public async Task Run_SessionCloses_FailsAsTunnelLost()
    {
        var running = RunAsync("w1");
        await SentAsync();
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Started()));

        _session.Close();

        Assert.That((await running.DefaultTimeout())[^1].Failed.Kind, Is.EqualTo(FailureKind.TunnelLost));
    }

    [Test]
    public async Task Run_OnAClosedSession_FailsAsTunnelLost()
    {
        _session.Close();

        Assert.That((await RunAsync("w1").DefaultTimeout())[^1].Failed.Kind, Is.EqualTo(FailureKind.TunnelLost));
    }

    [Test]
    public async Task Run_Silence_TimesOutAndCancels()
    {
        await using var events = _session.RunAsync(new WorkItem { WorkId = "w1" }, CancellationToken.None).GetAsyncEnumerator();
        var started = events.MoveNextAsync().AsTask();
        await SentAsync();
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Started()));
        await started.DefaultTimeout();
        var next = events.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromSeconds(119));
        Assert.That(next.IsCompleted, Is.False);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(await next.DefaultTimeout(), Is.True);
        Assert.That(events.Current.Failed.Kind, Is.EqualTo(FailureKind.TimedOut));
        Assert.That(await events.MoveNextAsync(), Is.False);
        Assert.That((await SentAsync()).Cancel.WorkId, Is.EqualTo("w1"));
    }

    [Test]
    public async Task Run_SlowCaller_IsNoSilence()
    {
        await using var events = _session.RunAsync(new WorkItem { WorkId = "w1" }, CancellationToken.None).GetAsyncEnumerator();
        var first = events.MoveNextAsync().AsTask();
        await SentAsync();
        foreach (var frame in Frames.Answer("w1", "waiting"))
        {
            _session.Receive(frame);
        }

        Assert.That(await first.DefaultTimeout(), Is.True);
        _time.Advance(TimeSpan.FromMinutes(10));

        var kinds = new List<WorkEvent.KindOneofCase> { events.Current.KindCase };
        while (await events.MoveNextAsync())
        {
            kinds.Add(events.Current.KindCase);
        }

        Assert.That(kinds[^1], Is.EqualTo(WorkEvent.KindOneofCase.Finished));
    }

    [Test]
    public async Task Run_IllegalEvent_FailsThatItemAlone()
    {
        var bad = RunAsync("w1");
        var good = RunAsync("w2");
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Text("before Started")));
        Receive(Frames.Answer("w2", "fine"));

        Assert.That((await bad.DefaultTimeout())[^1].Failed.Message, Does.Contain("Text before Started"));
        Assert.That(Text(await good.DefaultTimeout()), Is.EqualTo("fine"));
    }

    [Test]
    public async Task Run_MoreThanTheCredit_FailsThatItem()
    {
        await using var events = _session.RunAsync(new WorkItem { WorkId = "w1" }, CancellationToken.None).GetAsyncEnumerator();
        var first = events.MoveNextAsync().AsTask();
        await SentAsync();
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Started()));
        await first.DefaultTimeout();
        for (var sequence = 2UL; sequence <= TunnelProtocol.CreditWindow + 2; sequence++)
        {
            _session.Receive(Frames.Event("w1", sequence, WorkEvents.Text("x")));
        }

        var last = events.Current;
        while (await events.MoveNextAsync())
        {
            last = events.Current;
        }

        Assert.That(last.Failed.Message, Does.Contain("credit"));
    }

    [Test]
    public async Task Run_LongAnswer_GrantsCreditAsItIsTaken()
    {
        var running = RunAsync("w1");
        var item = (await SentAsync()).Work;
        Assert.That(item.InitialCredit, Is.EqualTo(TunnelProtocol.CreditWindow));

        var sequence = 1UL;
        _session.Receive(Frames.Event("w1", sequence++, WorkEvents.Started()));
        var credit = item.InitialCredit - 1;
        for (var sent = 0; sent < 3 * TunnelProtocol.CreditWindow; sent++)
        {
            while (credit == 0)
            {
                credit += (await SentAsync()).Credit.Events;
            }

            _session.Receive(Frames.Event("w1", sequence++, WorkEvents.Text("x")));
            credit--;
        }

        while (credit == 0)
        {
            credit += (await SentAsync()).Credit.Events;
        }

        _session.Receive(Frames.Event("w1", sequence, WorkEvents.Finished(StopReason.EndTurn)));
        Assert.That(Text(await running.DefaultTimeout()), Has.Length.EqualTo(3 * TunnelProtocol.CreditWindow));
    }

    [Test]
    public async Task Run_LargeItem_TravelsAsChunks()
    {
        var text = new string('x', 3 * TunnelProtocol.ChunkBytes);
        var item = new WorkItem { WorkId = "w1", Messages = { new Message { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = text } } } } } };
        var running = CollectAsync(_session.RunAsync(item, CancellationToken.None));

        var assembler = new WorkItemAssembler();
        WorkItem? whole = null;
        while (whole is null)
        {
            var frame = await SentAsync();
            Assert.That(frame.CalculateSize(), Is.LessThan(TunnelProtocol.MaxMessageBytes));
            whole = assembler.Add(frame.Chunk);
        }

        Assert.That(whole, Is.EqualTo(item));
        Receive(Frames.Answer("w1", "ok"));
        await running.DefaultTimeout();
    }

    private static async Task<List<WorkEvent>> CollectAsync(IAsyncEnumerable<WorkEvent> events)
    {
        var all = new List<WorkEvent>();
        await foreach (var next in events)
        {
            all.Add(next);
        }

        return all;
    }

    private Task<List<WorkEvent>> RunAsync(string workId, CancellationToken cancellationToken = default) =>
        CollectAsync(_session.RunAsync(new WorkItem { WorkId = workId }, cancellationToken));

    private Task<BrokerFrame> SentAsync() => _session.Outgoing.ReadAsync().AsTask().DefaultTimeout();

    private void Receive(IEnumerable<ClientFrame> frames)
    {
        foreach (var frame in frames)
        {
            _session.Receive(frame);
        }
    }

    private static string Text(IEnumerable<WorkEvent> events) => string.Concat(events.Select(next => next.Text?.Text));
}
