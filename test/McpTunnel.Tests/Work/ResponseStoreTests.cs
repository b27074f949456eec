using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Polydev.McpTunnel.Work;
using Polydev.McpTunnel.Work.Stored;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tests.Work;

/// <summary>What the tunnel holds for callers who come back: for whom, how long, and how much.</summary>
public sealed class ResponseStoreTests
{
    private FakeTimeProvider _time = null!;
    private ResponseStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new FakeTimeProvider();
        _store = new ResponseStore(_time);
    }

    [TearDown]
    public void TearDown() => _store.Dispose();

    [Test]
    public void Find_WhatWasPut_GivesItBack()
    {
        Put("r1", "one");

        Assert.That(Find("r1"), Is.EqualTo((string[])["r1 =one"]));
    }

    [Test]
    public void Find_OfAnotherKey_GivesNothing()
    {
        Put("r1", "one");

        Assert.That(Find("r1", owner: "other"), Is.Empty);
        Assert.That(_store.Do(new StoreRequest { Owner = "other", Remove = new RemoveResponse { Id = "r1" } }), Is.Empty);
        Assert.That(Find("r1"), Has.Count.EqualTo(1));
    }

    [Test]
    public void Find_WithPrevious_GivesTheChainNewestFirst_AndEachOnce()
    {
        Put("r1", "one");
        Put("r2", "two", "r1");
        Put("r3", "three", "r2");
        Put("other", "beside", "r1");

        var found = _store.Do(new StoreRequest
        {
            Owner = "key",
            Find = new FindResponses { Ids = { "r3", "other", "r3" }, WithPrevious = true },
        });

        Assert.That(Texts(found), Is.EqualTo((string[])["r3 r2=three", "r2 r1=two", "r1 =one", "other r1=beside"]));
    }

    [Test]
    public void Find_AChainThatRunsInACircle_Ends()
    {
        Put("r1", "one", "r2");
        Put("r2", "two", "r1");

        var found = _store.Do(new StoreRequest { Owner = "key", Find = new FindResponses { Ids = { "r1" }, WithPrevious = true } });

        Assert.That(Texts(found), Is.EqualTo((string[])["r1 r2=one", "r2 r1=two"]));
    }

    [Test]
    public void Remove_WhatIsThere_TellsItsId_AndNothingTwice()
    {
        Put("r1", "one");
        var request = new StoreRequest { Owner = "key", Remove = new RemoveResponse { Id = "r1" } };

        Assert.That(Texts(_store.Do(request)), Is.EqualTo((string[])["r1="]));
        Assert.That(_store.Do(request), Is.Empty);
        Assert.That(Find("r1"), Is.Empty);
    }

    [Test]
    public void Find_WithinTheHour_KeepsItForAnother()
    {
        Put("r1", "one");
        Put("r2", "two");
        _time.Advance(TimeSpan.FromMinutes(50));
        Find("r1");
        _time.Advance(TimeSpan.FromMinutes(50));

        Assert.That(Find("r2"), Is.Empty);
        Assert.That(Find("r1"), Has.Count.EqualTo(1));
    }

    [Test]
    public void Put_MoreThanTheMostBytes_DropsTheOneThatNobodyHasAskedForTheLongest()
    {
        var large = new string('x', TunnelProtocol.MaxStoredBytes);
        foreach (var id in (string[])["r1", "r2", "r3"])
        {
            Put(id, large);
        }

        Find("r1");
        Put("r4", large);

        Assert.That(((string[])["r1", "r2", "r3", "r4"]).Where(id => Find(id).Count > 0), Is.EqualTo((string[])["r1", "r3", "r4"]));
    }

    [Test]
    public void Put_OneMoreThanTheMost_DropsTheOldest()
    {
        for (var index = 0; index <= ResponseStore.MostResponses; index++)
        {
            Put($"r{index}", "text");
        }

        Assert.That(Find("r0"), Is.Empty);
        Assert.That(Find("r1"), Has.Count.EqualTo(1));
    }

    [Test]
    public void Put_TooLarge_LeavesNoneOfThatId()
    {
        Put("r1", "one");
        Put("r1", new string('x', TunnelProtocol.MaxStoredBytes + 1));

        Assert.That(Find("r1"), Is.Empty);
    }

    [Test]
    public async Task Reply_OfALongText_IsTheLinesInLegalPieces()
    {
        var data = string.Concat(Enumerable.Repeat("grün 🌍 ", 30_000));
        Put("r1", data, "r0");
        var lines = _store.Do(new StoreRequest { Owner = "key", Find = new FindResponses { Ids = { "r1" } } });
        using var stopping = new CancellationTokenSource();
        await using var cancellation = new WorkCancellation(stopping.Token);

        var events = new List<WorkEvent>();
        await foreach (var next in new StoreReply("w1", lines, NullLogger.Instance).RunAsync(WorkCredit.Unlimited(), cancellation))
        {
            events.Add(next);
        }

        Assert.That(string.Concat(events.Select(next => next.Text?.Text)), Is.EqualTo($"r1 r0\n{data}\n"));
        Assert.That(events.Select(next => next.Sequence), Is.EqualTo(Enumerable.Range(1, events.Count).Select(n => (ulong)n)));
        Assert.That(events[0].KindCase, Is.EqualTo(WorkEvent.KindOneofCase.Started));
        Assert.That(events[^1].Finished.StopReason, Is.EqualTo(StopReason.EndTurn));
        Assert.That(events.Max(next => next.CalculateSize()), Is.LessThan(TunnelProtocol.MaxEventBytes));
    }

    private static IReadOnlyList<string> Texts(IReadOnlyList<StoredLine> lines) =>
        [.. lines.Select(line => $"{line.Head}={line.Data.ToStringUtf8()}")];

    private void Put(string id, string data, string previous = "") => Assert.That(
        _store.Do(new StoreRequest
        {
            Owner = "key",
            Put = new PutResponse { Id = id, PreviousId = previous, Data = ByteString.CopyFromUtf8(data) },
        }),
        Is.Empty);

    private IReadOnlyList<string> Find(string id, string owner = "key") =>
        Texts(_store.Do(new StoreRequest { Owner = owner, Find = new FindResponses { Ids = { id } } }));
}
