using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Tests.Work;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.McpTunnel.Work.Stored;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>A tunnel with one single place: an item that does not give it back is one too many.</summary>
public sealed class InFlightWorkTests
{
    private readonly FakeTimeProvider _time = new();
    private NoErrorLogs _logs = null!;
    private ILoggerFactory _loggers = null!;
    private RunningCalls _calls = null!;
    private WorkRunner? _runner;
    private ResponseStore? _store;

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
        _runner?.Dispose();
        _store?.Dispose();
        _loggers.Dispose();
        _logs.Dispose();
    }

    [TestCase(typeof(HttpRequestException))]
    [TestCase(typeof(ObjectDisposedException))]
    [TestCase(typeof(NotSupportedException))]
    public async Task Start_CarrierFailsMidAnswer_FreesThePlaceForTheNextConnection(Type failure)
    {
        var work = Work(new FakeAdapter((item, _) => item.WorkId == "endless" ? Endless() : Finishing()));
        var broken = new Carrier();
        work.Start(Item("endless", uint.MaxValue), broken.Writer, CancellationToken.None);
        await broken.Requests.NextAsync();

        broken.Requests.Failure = (Exception)Activator.CreateInstance(failure, "Broken.")!;

        Assert.That(async () => await broken.Running.DefaultTimeout(), Throws.InstanceOf(failure));
        await work.WhenNoneOnAsync(broken.Writer).DefaultTimeout();
        Assert.That((await AnswerAsync(work, "next"))[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task Connection_WriterFailsInAWayNobodyListed_EndsAndTheNextOneAnswers()
    {
        var work = Work(new FakeAdapter((item, _) => item.WorkId == "endless" ? Endless() : Finishing()));
        using var catalog = new CliCatalog([], _time, _loggers.CreateLogger<CliCatalog>());
        var call = new FakeCall(_time);
        var logger = _loggers.CreateLogger<TunnelConnection>();
        await using (var connection = new TunnelConnection(
            call.Stream, new Welcome(), new Catalog(), work, catalog, _time, logger, CancellationToken.None))
        {
            call.Send(new BrokerFrame { Work = Item("endless", uint.MaxValue) });
            await call.Requests.NextAsync();

            call.Requests.Failure = new HttpRequestException("The other side was killed.");

            Assert.That((await connection.ServeAsync().DefaultTimeout()).Kind, Is.EqualTo(ConnectionEndKind.Lost));
        }

        Assert.That((await AnswerAsync(work, "next"))[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task Connection_BrokerReadsNothing_StillReadsWhatItSends()
    {
        var point = new SyncPoint();
        var adapter = new FakeAdapter((_, cancelled) => Waiting(point, cancelled));
        var work = Work(adapter);
        using var catalog = new CliCatalog([], _time, _loggers.CreateLogger<CliCatalog>());
        var call = new FakeCall(_time);
        call.Requests.Pause = new SyncPoint();
        var logger = _loggers.CreateLogger<TunnelConnection>();
        await using var connection = new TunnelConnection(
            call.Stream, new Welcome(), new Catalog(), work, catalog, _time, logger, CancellationToken.None);
        call.Send(new BrokerFrame { Work = Item("w") });
        await call.Requests.Pause.WaitForArrivalAsync();
        await point.WaitForArrivalAsync();

        // More than any queue of ours holds.
        for (var i = 0; i < 1000; i++)
        {
            call.Send(new BrokerFrame { Ping = new Ping() });
        }

        call.Send(new BrokerFrame { Cancel = new Cancel { WorkId = "w" } });

        await adapter.WhenEndedAsync();
        call.Requests.Pause.Release();
    }

    [Test]
    public async Task Cancel_WhileThereIsNoRoom_EndsTheItem()
    {
        var (carrier, full) = (new Carrier(), new TaskCompletionSource());
        carrier.Requests.Pause = new SyncPoint();
        var work = Work(new FakeAdapter((_, _) => Filling(carrier.Requests.Pause, FrameWriter.MaxWaiting, full)));
        work.Start(Item("w", uint.MaxValue), carrier.Writer, CancellationToken.None);
        await full.Task.DefaultTimeout();

        work.Cancel("w");

        await work.WhenNoneOnAsync(carrier.Writer).DefaultTimeout();
        carrier.Requests.Pause.Release();
        Assert.That((await carrier.EventsAsync())[^1].Failed?.Kind, Is.EqualTo(FailureKind.Cancelled));
    }

    [Test]
    public async Task Start_FinalEventFillsTheRoom_IsNotWaitedFor()
    {
        var (carrier, full) = (new Carrier(), new TaskCompletionSource());
        carrier.Requests.Pause = new SyncPoint();
        var work = Work(new FakeAdapter((_, _) => Filling(carrier.Requests.Pause, FrameWriter.MaxWaiting - 1, full)));
        work.Start(Item("w", uint.MaxValue), carrier.Writer, CancellationToken.None);

        await full.Task.DefaultTimeout();
        await work.WhenNoneOnAsync(carrier.Writer).DefaultTimeout();
        carrier.Requests.Pause.Release();
        Assert.That((await carrier.EventsAsync())[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task Start_DefectOfOurs_FailsTheItemOnce()
    {
        _logs.Expect("PumpFailed");
        var work = Work(FakeAdapter.Of());
        _runner!.Dispose();

        var events = await AnswerAsync(work, "w");

        Assert.That((events.Single().Failed?.Kind, events.Single().Sequence), Is.EqualTo(((FailureKind?)FailureKind.TunnelFailed, 1ul)));
        Assert.That(events.Single().WorkId, Is.EqualTo("w"));
    }

    [Test]
    public async Task Start_DefectOfOursAfterTheFinalEvent_SaysNothingMore()
    {
        _logs.Expect("PumpFailed");
        _calls.Ended += _ => throw new InvalidOperationException("A handler that must not throw.");

        var events = await AnswerAsync(Work(new FakeAdapter((_, _) => Finishing())), "w");

        Assert.That(events.Count(next => next.IsFinal()), Is.EqualTo(1));
        Assert.That(events[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task Lose_OneOfTwoCarriers_EndsItsItemsAlone()
    {
        var lost = new SyncPoint();
        var kept = new SyncPoint();
        var work = Work(new FakeAdapter((item, cancelled) => Waiting(item.WorkId == "lost" ? lost : kept, cancelled)), places: 2);
        var first = new Carrier();
        var second = new Carrier();
        work.Start(Item("lost"), first.Writer, CancellationToken.None);
        work.Start(Item("kept"), second.Writer, CancellationToken.None);
        await lost.WaitForArrivalAsync();
        await kept.WaitForArrivalAsync();

        work.Lose(first.Writer);

        await work.WhenNoneOnAsync(first.Writer).DefaultTimeout();
        Assert.That((work.CountOn(first.Writer), work.CountOn(second.Writer)), Is.EqualTo((0, 1)));
        kept.Release();
        await work.WhenNoneOnAsync(second.Writer).DefaultTimeout();
        Assert.That((await second.EventsAsync())[^1].Finished, Is.Not.Null);
        await first.EventsAsync();
    }

    private static WorkItem Item(string id, uint credit = TunnelProtocol.CreditWindow) =>
        new() { WorkId = id, Provider = "fake", Model = "m", InitialCredit = credit };

    private static async Task<List<WorkEvent>> AnswerAsync(InFlightWork work, string id)
    {
        var carrier = new Carrier();
        work.Start(Item(id), carrier.Writer, CancellationToken.None);
        await work.WhenNoneOnAsync(carrier.Writer).DefaultTimeout();
        return await carrier.EventsAsync();
    }

    private static async IAsyncEnumerable<WorkEvent> Endless()
    {
        await Task.Yield();
        while (true)
        {
            yield return WorkEvents.Text("x");
        }
    }

    private static async IAsyncEnumerable<WorkEvent> Finishing()
    {
        await Task.Yield();
        yield return WorkEvents.Text("a");
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    // All of it waits behind the event that says Started.
    private static async IAsyncEnumerable<WorkEvent> Filling(SyncPoint paused, int count, TaskCompletionSource full)
    {
        await paused.WaitForArrivalAsync();
        for (var sent = 1; sent < count; sent++)
        {
            yield return WorkEvents.Text("x");
        }

        full.SetResult();
        yield return WorkEvents.Text("x");
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private static async IAsyncEnumerable<WorkEvent> Waiting(SyncPoint point, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await point.ArriveAsync(cancelled);
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private InFlightWork Work(ICliAdapter adapter, int places = 1)
    {
        var options = new WorkOptions { MaxConcurrent = places };
        _store = new ResponseStore(_time);
        _runner = new WorkRunner([adapter], options, _calls, _time, _loggers.CreateLogger<WorkRunner>());
        return new InFlightWork(_runner, _store, _loggers.CreateLogger<InFlightWork>());
    }

    private sealed class Carrier
    {
        public Carrier()
        {
            Writer = new FrameWriter(Requests, takesBatches: false);
            Running = Writer.RunAsync();
        }

        public FakeRequests Requests { get; } = new();

        public FrameWriter Writer { get; }

        public Task Running { get; }

        /// <summary>Ends the carrier; all that it has carried.</summary>
        public async Task<List<WorkEvent>> EventsAsync()
        {
            Writer.Close();
            await Running.DefaultTimeout();
            return [.. (await Requests.AllAsync()).Select(frame => frame.Event)];
        }
    }
}
