using Google.Protobuf;
using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

public sealed class FrameWriterTests
{
    private readonly Goodbye _goodbye = new() { Reason = "drained" };
    private FakeRequests _requests = null!;

    [SetUp]
    public void SetUp() => _requests = new FakeRequests();

    [Test]
    public async Task Add_SeveralBeforeTheFlush_TravelInOneFrame()
    {
        var frames = await WriteAsync(takesBatches: true, Texts(5));

        Assert.That(frames[0].Events.Events.Select(next => next.Text.Text), Is.EqualTo(new[] { "0", "1", "2", "3", "4" }));
        Assert.That(frames, Has.Count.EqualTo(2), "One for the events, one for the goodbye.");
    }

    [Test]
    public async Task Add_One_TravelsAsItself()
    {
        var frames = await WriteAsync(takesBatches: true, Texts(1));

        Assert.That(frames.Select(frame => frame.KindCase), Is.EqualTo(
            new[] { ClientFrame.KindOneofCase.Event, ClientFrame.KindOneofCase.Goodbye }));
    }

    [Test]
    public async Task Add_BrokerWithoutBatches_IsAFrameForEach()
    {
        var frames = await WriteAsync(takesBatches: false, Texts(3));

        Assert.That(frames[..^1].Select(frame => frame.Event?.Text.Text), Is.EqualTo(new[] { "0", "1", "2" }));
    }

    [Test]
    public async Task Add_MoreThanABatchHolds_FillsSeveralInOrder()
    {
        var frames = await WriteAsync(takesBatches: true, Texts((2 * FrameWriter.MaxBatchEvents) + 1));

        Assert.That(frames[..2].Select(frame => frame.Events.Events.Count), Is.All.EqualTo(FrameWriter.MaxBatchEvents));
        Assert.That(frames[2].Event.Text.Text, Is.EqualTo($"{2 * FrameWriter.MaxBatchEvents}"));
    }

    [Test]
    public async Task Add_LargeEvents_StayUnderTheBytesOfABatch()
    {
        var fifty = new string('x', 50_000);

        var frames = await WriteAsync(takesBatches: true, [.. Enumerable.Repeat(fifty, 5), new string('é', 75_000)]);

        Assert.That(frames[..^1].Select(frame => frame.Events?.Events.Count ?? 1), Is.EqualTo(new[] { 2, 2, 1, 1 }));
        Assert.That(frames.Where(frame => frame.Events is not null).Select(frame => frame.CalculateSize()),
            Is.All.LessThan(FrameWriter.MaxBatchBytes + 1024));
    }

    [Test]
    public async Task Answer_WhileEventsWait_IsNotBehindThemAll()
    {
        var writer = new FrameWriter(_requests, takesBatches: false);
        _requests.Pause = new SyncPoint();
        Texts(3).ForEach(text => writer.Add(WorkEvents.Text(text)));
        writer.Flush();
        var running = writer.RunAsync();
        await _requests.Pause.WaitForArrivalAsync();

        writer.Answer(new Pong { Nonce = 7 });
        _requests.Pause.Release();

        Assert.That((await _requests.NextAsync()).Event.Text.Text, Is.EqualTo("0"));
        Assert.That((await _requests.NextAsync()).Pong?.Nonce, Is.EqualTo(7));
        writer.Close();
        await running.DefaultTimeout();
    }

    [Test]
    public async Task Tell_ChangesThatFollowEachOther_TellsTheLast()
    {
        var writer = new FrameWriter(_requests, takesBatches: true);
        writer.Tell(new Catalog());
        writer.Tell(new Catalog { Clis = { new CliInfo { Provider = "new" } } });
        writer.Complete(_goodbye);

        await writer.RunAsync().DefaultTimeout();

        var frames = await _requests.AllAsync();
        Assert.That(frames[0].Catalog?.Clis.Select(cli => cli.Provider), Is.EqualTo(new[] { "new" }));
        Assert.That(frames[1].Goodbye, Is.EqualTo(_goodbye));
    }

    [Test]
    public async Task WhenRoomAsync_TooManyWait_CompletesOnceSomeAreOut()
    {
        var writer = new FrameWriter(_requests, takesBatches: true);
        Texts(FrameWriter.MaxWaiting).ForEach(text => writer.Add(WorkEvents.Text(text)));
        var waiting = writer.WhenRoomAsync().AsTask();
        Assert.That(waiting.IsCompleted, Is.False);

        var running = writer.RunAsync();

        await waiting.DefaultTimeout();
        writer.Close();
        await running.DefaultTimeout();
    }

    [TestCase(typeof(HttpRequestException))]
    [TestCase(typeof(ObjectDisposedException))]
    [TestCase(typeof(NotSupportedException))]
    public async Task RunAsync_StreamThrowsWhateverItIs_LetsGoWhoWaits(Type type)
    {
        var writer = new FrameWriter(_requests, takesBatches: true);
        _requests.Failure = (Exception)Activator.CreateInstance(type, "Broken.")!;
        Texts(FrameWriter.MaxWaiting).ForEach(text => writer.Add(WorkEvents.Text(text)));
        var waiting = writer.WhenRoomAsync().AsTask();

        Assert.That(async () => await writer.RunAsync().DefaultTimeout(), Throws.InstanceOf(type));

        await waiting.DefaultTimeout();
        Assert.That(writer.Add(WorkEvents.Text("late")), Is.False);
        await writer.WhenRoomAsync().AsTask().DefaultTimeout();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Add_WhatCannotBeWritten_FailsItsItemAndNoOther(bool isHalfAPair)
    {
        var given = new List<string>();
        var writer = new FrameWriter(_requests, takesBatches: true) { Unsendable = given.Add };
        var broken = isHalfAPair ? "half a pair \ud83d" : new string('x', TunnelProtocol.MaxMessageBytes);
        foreach (var (id, text) in new[] { ("a", "one"), ("b", broken), ("c", "three") })
        {
            var next = WorkEvents.Text(text);
            (next.WorkId, next.Sequence) = (id, 7);
            writer.Add(next);
        }

        writer.Complete(_goodbye);
        await writer.RunAsync().DefaultTimeout();

        var events = (await _requests.AllAsync())[0].Events.Events;
        Assert.That(events.Select(next => (next.WorkId, next.Sequence)), Is.EqualTo(new[] { ("a", 7ul), ("b", 7ul), ("c", 7ul) }));
        Assert.That(events.Select(next => next.Text?.Text), Is.EqualTo(new[] { "one", null, "three" }));
        Assert.That(events[1].Failed?.Kind, Is.EqualTo(FailureKind.TunnelFailed));
        Assert.That(given, Is.EqualTo(new[] { "b" }));
    }

    private static List<string> Texts(int count) => [.. Enumerable.Range(0, count).Select(i => $"{i}")];

    private async Task<List<ClientFrame>> WriteAsync(bool takesBatches, IEnumerable<string> texts)
    {
        var writer = new FrameWriter(_requests, takesBatches);
        foreach (var text in texts)
        {
            Assert.That(writer.Add(WorkEvents.Text(text)), Is.True);
        }

        writer.Complete(_goodbye);
        await writer.RunAsync().DefaultTimeout();
        return await _requests.AllAsync();
    }
}
