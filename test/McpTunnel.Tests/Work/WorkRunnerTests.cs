using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;
using Kind = Polydev.Protos.V1.WorkEvent.KindOneofCase;

namespace Polydev.McpTunnel.Tests.Work;

public sealed class WorkRunnerTests
{
    private readonly FakeTimeProvider _time = new();
    private NoErrorLogs _logs = null!;
    private ILoggerFactory _loggers = null!;
    private RunningCalls _calls = null!;

    [SetUp]
    public void SetUp()
    {
        _logs = new NoErrorLogs();
        _loggers = _logs.CreateFactory();
        _calls = new RunningCalls(_time);
    }

    [TearDown]
    public void TearDown()
    {
        _loggers.Dispose();
        _logs.Dispose();
    }

    [Test]
    public async Task RunAsync_GoodAdapter_StampsItsEventsInOrder()
    {
        using var runner = Runner(FakeAdapter.Of(WorkEvents.Text("a"), WorkEvents.Text("b"), WorkEvents.Finished(StopReason.EndTurn)));

        var events = await CollectAsync(runner);

        Assert.That(events.Select(e => e.KindCase), Is.EqualTo(new[] { Kind.Started, Kind.Text, Kind.Text, Kind.Finished }));
        Assert.That(events.Select(e => e.Sequence), Is.EqualTo(new ulong[] { 1, 2, 3, 4 }));
        Assert.That(events.Select(e => e.WorkId), Is.All.EqualTo("w"));
        Assert.That((_calls.Answered, _calls.Failed, _calls.Now.Count), Is.EqualTo((1L, 0L, 0)));
    }

    [Test]
    public async Task RunAsync_UnknownProvider_FailsAsNoCli()
    {
        using var runner = Runner(FakeAdapter.Of());

        var events = await CollectAsync(runner, new WorkItem { WorkId = "w", Provider = "other" });

        Assert.That(events.Single().Failed.Kind, Is.EqualTo(FailureKind.NoCli));
        Assert.That(events.Single().Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_CliFailure_CarriesItsKindMessageAndStatus()
    {
        using var runner = Runner(new FakeAdapter((_, _) => Throwing(
            new CliFailureException(FailureKind.RateLimited, "5-hour limit reached", 429) { RetryAfterSeconds = 90 })));

        var failed = (await CollectAsync(runner))[^1].Failed;

        Assert.That((failed.Kind, failed.Message), Is.EqualTo((FailureKind.RateLimited, "5-hour limit reached")));
        Assert.That((failed.VendorStatus, failed.RetryAfterSeconds), Is.EqualTo((429u, 90u)));
        Assert.That(_calls.Failed, Is.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_AnyOtherException_FailsAsInternalWithoutItsText()
    {
        _logs.Expect("AdapterFaulted");
        using var runner = Runner(new FakeAdapter((_, _) => Throwing(new InvalidOperationException("/home/someone/secret"))));

        var failed = (await CollectAsync(runner))[^1].Failed;

        Assert.That(failed.Kind, Is.EqualTo(FailureKind.TunnelFailed));
        Assert.That(failed.Message, Does.Not.Contain("secret"));
    }

    [Test]
    public async Task RunAsync_AdapterStopsWithoutFinal_FailsAsCrashed()
    {
        _logs.Expect("EndedWithoutFinal");
        using var runner = Runner(FakeAdapter.Of(WorkEvents.Text("a")));

        var events = await CollectAsync(runner);

        Assert.That(events.Select(e => e.KindCase), Is.EqualTo(new[] { Kind.Started, Kind.Text, Kind.Failed }));
        Assert.That(events[^1].Failed.Kind, Is.EqualTo(FailureKind.CliCrashed));
    }

    [Test]
    public async Task RunAsync_AdapterGoesOnAfterItsFinal_IsNotAskedAgain()
    {
        using var runner = Runner(
            FakeAdapter.Of(WorkEvents.Finished(StopReason.EndTurn), WorkEvents.Text("late"), WorkEvents.Finished(StopReason.EndTurn)));

        var events = await CollectAsync(runner);

        Assert.That(events.Select(e => e.KindCase), Is.EqualTo(new[] { Kind.Started, Kind.Finished }));
    }

    [Test]
    public async Task RunAsync_AdapterBreaksTheGrammar_FailsOnceInItsPlace()
    {
        _logs.Expect("IllegalEvent");
        using var runner = Runner(FakeAdapter.Of(WorkEvents.Started(), WorkEvents.Finished(StopReason.EndTurn)));

        var events = await CollectAsync(runner);

        Assert.That(events.Select(e => e.KindCase), Is.EqualTo(new[] { Kind.Started, Kind.Failed }));
        Assert.That(events[^1].Failed.Kind, Is.EqualTo(FailureKind.TunnelFailed));
    }

    [Test]
    public async Task RunAsync_LongDelta_IsSplitAndEachPieceCostsACredit()
    {
        using var runner = Runner(
            FakeAdapter.Of(WorkEvents.Text(new string('x', TunnelProtocol.MaxDeltaChars + 1)), WorkEvents.Finished(StopReason.EndTurn)));
        var credit = new WorkCredit(2);
        await using var cancellation = new WorkCancellation(CancellationToken.None);
        await using var events = runner.RunAsync(Item(), credit, cancellation).GetAsyncEnumerator();
        await events.MoveNextAsync();
        await events.MoveNextAsync();

        var rest = events.MoveNextAsync().AsTask();
        Assert.That(rest.IsCompleted, Is.False, "The second piece waits for credit.");

        credit.Grant(1);
        Assert.That(await rest.DefaultTimeout(), Is.True);
        Assert.That(events.Current.Text.Text, Is.EqualTo("x"));
    }

    [Test]
    public async Task RunAsync_NoCredit_DoesNotAskTheAdapter()
    {
        var asked = 0;
        using var runner = Runner(new FakeAdapter((_, _) => Counting(() => asked++)));
        var credit = new WorkCredit(1);
        await using var cancellation = new WorkCancellation(CancellationToken.None);
        await using var events = runner.RunAsync(Item(), credit, cancellation).GetAsyncEnumerator();
        await events.MoveNextAsync();

        var next = events.MoveNextAsync().AsTask();
        Assert.That((next.IsCompleted, asked), Is.EqualTo((false, 0)));

        credit.Grant(1);
        await next.DefaultTimeout();
        Assert.That(asked, Is.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_CallerCancels_EndsTheTurnAndFailsAsCancelled()
    {
        var point = new SyncPoint();
        var adapter = new FakeAdapter((_, cancelled) => Waiting(point, cancelled));
        using var runner = Runner(adapter);
        using var caller = new CancellationTokenSource();
        var collecting = CollectAsync(runner, cancelled: caller.Token);
        await point.WaitForArrivalAsync();

        await caller.CancelAsync();

        var events = await collecting.DefaultTimeout();
        Assert.That(events[^1].Failed.Kind, Is.EqualTo(FailureKind.Cancelled));
        Assert.That(adapter.Ended, Is.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_Shutdown_FailsAsTunnelLost()
    {
        var point = new SyncPoint();
        using var runner = Runner(new FakeAdapter((_, cancelled) => Waiting(point, cancelled)));
        using var shutdown = new CancellationTokenSource();
        var collecting = CollectAsync(runner, shutdown: shutdown.Token);
        await point.WaitForArrivalAsync();

        await shutdown.CancelAsync();

        Assert.That((await collecting.DefaultTimeout())[^1].Failed.Kind, Is.EqualTo(FailureKind.TunnelLost));
    }

    [Test]
    public async Task RunAsync_CancelledWithoutCredit_StillEndsWithItsFinal()
    {
        using var runner = Runner(FakeAdapter.Of(WorkEvents.Finished(StopReason.EndTurn)));
        using var caller = new CancellationTokenSource();
        var collecting = CollectAsync(runner, credit: new WorkCredit(1), cancelled: caller.Token);

        await caller.CancelAsync();

        var events = await collecting.DefaultTimeout();
        Assert.That(events.Select(e => e.KindCase), Is.EqualTo(new[] { Kind.Started, Kind.Failed }));
    }

    [Test]
    public async Task RunAsync_ConsumerLeaves_EndsTheTurnAndFreesTheSlot()
    {
        var adapter = FakeAdapter.Of(WorkEvents.Text("a"), WorkEvents.Finished(StopReason.EndTurn));
        using var runner = Runner(adapter, new WorkOptions { MaxConcurrent = 1 });
        await using var cancellation = new WorkCancellation(CancellationToken.None);
        await using (var events = runner.RunAsync(Item(), WorkCredit.Unlimited(), cancellation).GetAsyncEnumerator())
        {
            await events.MoveNextAsync();
            await events.MoveNextAsync();
        }

        Assert.That((adapter.Ended, _calls.Failed), Is.EqualTo((1, 1L)));
        Assert.That((await CollectAsync(runner))[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task RunAsync_AllSlotsTaken_FailsAsBusyAfterTheWait()
    {
        var point = new SyncPoint();
        using var runner = Runner(new FakeAdapter((_, cancelled) => Waiting(point, cancelled)), new WorkOptions { MaxConcurrent = 1 });
        var first = CollectAsync(runner);
        await point.WaitForArrivalAsync();
        var second = CollectAsync(runner);

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(second.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await second.DefaultTimeout()).Single().Failed.Kind, Is.EqualTo(FailureKind.Busy));
        point.Release();
        Assert.That((await first.DefaultTimeout())[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task RunAsync_TooManyWaitForASlot_FailsAsBusyAtOnce()
    {
        var point = new SyncPoint();
        var options = new WorkOptions { MaxConcurrent = 1, MaxWaiting = 2 };
        using var runner = Runner(new FakeAdapter((_, cancelled) => Waiting(point, cancelled)), options);
        List<Task<List<WorkEvent>>> calls = [CollectAsync(runner)];
        await point.WaitForArrivalAsync();
        calls.AddRange([CollectAsync(runner), CollectAsync(runner)]);

        var failed = (await CollectAsync(runner).DefaultTimeout()).Single().Failed;

        Assert.That((failed.Kind, failed.Message), Is.EqualTo((FailureKind.Busy, WorkFailures.Crowded(options).Failed.Message)));
        point.Release();
        Assert.That((await Task.WhenAll(calls).DefaultTimeout()).Select(events => events[^1].Finished), Has.None.Null);
    }

    [Test]
    public async Task RunAsync_SlotFreedInTime_RunsTheNext()
    {
        var point = new SyncPoint();
        using var runner = Runner(new FakeAdapter((_, cancelled) => Waiting(point, cancelled)), new WorkOptions { MaxConcurrent = 1 });
        var first = CollectAsync(runner);
        await point.WaitForArrivalAsync();
        var second = CollectAsync(runner);

        point.Release();

        Assert.That((await first.DefaultTimeout())[^1].Finished, Is.Not.Null);
        Assert.That((await second.DefaultTimeout())[^1].Finished, Is.Not.Null);
    }

    [TestCase]
    [TestCase("{}")]
    [TestCase("{\"a\":", "\"\u00e9\"", "}")]
    [TestCase(" { \"deep\": [[[{}]]] } ")]
    public async Task RunAsync_ToolCallWithAnObject_Passes(params string[] arguments)
    {
        using var runner = Runner(FakeAdapter.Of([.. Call("c", "weather", arguments), WorkEvents.Finished(StopReason.ToolUse)]));

        var events = await CollectAsync(runner);

        Assert.That(events[^2].ToolCallFinished?.Id, Is.EqualTo("c"));
        Assert.That(events[^1].Finished?.StopReason, Is.EqualTo(StopReason.ToolUse));
    }

    [TestCase("{\"city\":\"Oslo")]
    [TestCase("{\"city\"", ":\"Oslo\"}", "}")]
    [TestCase("[\"Oslo\"]")]
    [TestCase("\"Oslo\"")]
    [TestCase("null")]
    [TestCase(" ")]
    [TestCase("{'city':'Oslo'}")]
    public async Task RunAsync_ToolCallWithSomethingElse_FailsTheTurnAndNamesTheToolAlone(params string[] arguments)
    {
        using var runner = Runner(FakeAdapter.Of([.. Call("c", "weather", arguments), WorkEvents.Finished(StopReason.ToolUse)]));

        var failed = (await CollectAsync(runner))[^1].Failed;

        Assert.That(failed?.Kind, Is.EqualTo(FailureKind.Upstream));
        Assert.That(failed?.Message, Does.Contain("'weather'").And.Not.Contain("Oslo"));
    }

    [TestCase(TunnelProtocol.MaxJsonDepth)]
    [TestCase(5_000)]
    public async Task RunAsync_ToolCallTooDeep_FailsTheTurn(int lists)
    {
        var json = $"{{\"a\":{new string('[', lists)}{new string(']', lists)}}}";
        using var runner = Runner(FakeAdapter.Of([.. Call("c", "weather", json), WorkEvents.Finished(StopReason.ToolUse)]));

        var failed = (await CollectAsync(runner))[^1].Failed;

        Assert.That(failed, Is.EqualTo(WorkFailures.BadArguments("weather").Failed));
    }

    [Test]
    public async Task RunAsync_SecondToolCall_IsCheckedByItself()
    {
        WorkEvent[] events = [.. Call("c", "one", "{\"a\":1}"), .. Call("d", "two", "{}"), .. Call("e", "three", "{\"b\"")];
        using var runner = Runner(FakeAdapter.Of([.. events, WorkEvents.Finished(StopReason.ToolUse)]));

        var sent = await CollectAsync(runner);

        Assert.That(sent.Count(next => next.ToolCallFinished is not null), Is.EqualTo(2));
        Assert.That(sent[^1].Failed?.Message, Does.Contain("'three'"));
    }

    [Test]
    public async Task RunAsync_LongArguments_AreSplitAndStillOneObject()
    {
        var json = $$"""{"text":"{{new string('x', TunnelProtocol.MaxDeltaChars)}}"}""";
        using var runner = Runner(FakeAdapter.Of([.. Call("c", "write", json), WorkEvents.Finished(StopReason.ToolUse)]));

        var sent = await CollectAsync(runner);

        Assert.That(sent.Count(next => next.ToolCallArguments is not null), Is.EqualTo(2));
        Assert.That(string.Concat(sent.Select(next => next.ToolCallArguments?.Json)), Is.EqualTo(json));
        Assert.That(sent[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task RunAsync_StopThatTheCliIsNotGiven_FinishesThereAndEndsTheTurn()
    {
        var adapter = FakeAdapter.Of(WorkEvents.Text("one\n"), WorkEvents.Text("two"), WorkEvents.Finished(StopReason.EndTurn));
        adapter.Takes = _ => false;
        using var runner = Runner(adapter);
        var item = Item();
        item.Sampling = new Sampling { StopSequences = { "\n" } };

        var sent = await CollectAsync(runner, item);

        Assert.That(sent.Select(next => next.KindCase), Is.EqualTo(new[] { Kind.Started, Kind.Text, Kind.Finished }));
        Assert.That((sent[1].Text.Text, sent[2].Finished.StopSequence, adapter.Ended), Is.EqualTo(("one", "\n", 1)));
    }

    [Test]
    public async Task RunAsync_FinishedInsideAToolCall_IsAFaultOfTheAdapter()
    {
        _logs.Expect("IllegalEvent");
        using var runner = Runner(FakeAdapter.Of(WorkEvents.ToolCallStarted("c", "t"), WorkEvents.Finished(StopReason.ToolUse)));

        Assert.That((await CollectAsync(runner))[^1].Failed?.Kind, Is.EqualTo(FailureKind.TunnelFailed));
    }

    private static IEnumerable<WorkEvent> Call(string id, string name, params string[] arguments) =>
    [
        WorkEvents.ToolCallStarted(id, name),
        .. arguments.Select(json => WorkEvents.ToolCallArguments(id, json)),
        WorkEvents.ToolCallFinished(id),
    ];

    private WorkRunner Runner(ICliAdapter adapter, WorkOptions? options = null) =>
        new([adapter], options ?? new WorkOptions(), _calls, _time, _loggers.CreateLogger<WorkRunner>());

    private static WorkItem Item() => new() { WorkId = "w", Provider = "fake", Model = "m" };

    private static async Task<List<WorkEvent>> CollectAsync(
        WorkRunner runner,
        WorkItem? item = null,
        WorkCredit? credit = null,
        CancellationToken shutdown = default,
        CancellationToken cancelled = default)
    {
        await using var cancellation = new WorkCancellation(shutdown, cancelled);
        var grammar = new WorkEventGrammar();
        var events = new List<WorkEvent>();
        await foreach (var next in runner.RunAsync(item ?? Item(), credit ?? WorkCredit.Unlimited(), cancellation))
        {
            Assert.That(grammar.Check(next), Is.Null);
            events.Add(next);
        }

        Assert.That(grammar.IsOver, Is.True);
        return events;
    }

    private static async IAsyncEnumerable<WorkEvent> Throwing(Exception failure)
    {
        await Task.Yield();
        yield return WorkEvents.Text("a");
        throw failure;
    }

    private static async IAsyncEnumerable<WorkEvent> Counting(Action asked)
    {
        for (var i = 0; i < 3; i++)
        {
            asked();
            yield return WorkEvents.Text("a");
        }

        await Task.CompletedTask;
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private static async IAsyncEnumerable<WorkEvent> Waiting(SyncPoint point, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await point.ArriveAsync(cancelled);
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }
}
