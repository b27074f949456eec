using Polydev.Broker.Machines;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Machines;

/// <summary>When machines were connected, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class ConnectionStoreTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private ConnectionStore _store = null!;

    [SetUp]
    public void SetUp() => _store = new ConnectionStore(Database);

    [Test]
    public async Task End_Twice_KeepsTheFirst()
    {
        await _store.BeginAsync(Make("c1", Noon), default);
        Assert.That(await ListAsync(), Is.EqualTo(new[] { Make("c1", Noon) }));

        await _store.EndAsync("c1", Noon.AddMinutes(2), ConnectionEnding.Goodbye, default);
        await _store.EndAsync("c1", Noon.AddMinutes(3), ConnectionEnding.Lost, default);

        Assert.That(await ListAsync(), Is.EqualTo(new[] { Ended("c1", Noon, Noon.AddMinutes(2)) }));
    }

    [Test]
    public async Task Touch_Some_MovesTheirLastSignAlone()
    {
        foreach (var id in new[] { "c1", "c2", "c3" })
        {
            await _store.BeginAsync(Make(id, Noon), default);
        }

        await _store.EndAsync("c3", Noon, ConnectionEnding.Goodbye, default);
        await _store.TouchAsync([.. Enumerable.Range(0, 1200).Select(number => $"none{number}"), "c1", "c3"], Noon.AddMinutes(1), default);

        Assert.That(
            (await ListAsync()).Select(one => (one.Id, one.SeenAt)),
            Is.EqualTo(new[] { ("c1", Noon.AddMinutes(1)), ("c2", Noon), ("c3", Noon) }));
    }

    [Test]
    public async Task List_OfADay_HasWhatTouchesItAndTheNewestOfEachMachine()
    {
        var since = Noon;
        await AddAsync(Ended("old", Noon.AddHours(-9), Noon.AddHours(-8)));
        await AddAsync(Ended("reaches in", Noon.AddHours(-3), Noon.AddHours(1)));
        await AddAsync(Make("runs", Noon.AddHours(2)));
        await AddAsync(Ended("older of another", Noon.AddDays(-9), Noon.AddDays(-8), "t2"));
        await AddAsync(Ended("newest of another", Noon.AddDays(-7), Noon.AddDays(-6), "t2"));
        await AddAsync(Make("bobs", Noon.AddHours(2)) with { AccountId = "bob" });

        Assert.That(
            (await _store.ListAsync("ann", since, default)).Select(one => one.Id),
            Is.EqualTo(new[] { "newest of another", "reaches in", "runs" }));
        Assert.That((await _store.ListAsync("bob", since, default)).Select(one => one.Id), Is.EqualTo(new[] { "bobs" }));
        Assert.That(await _store.ListAsync("nobody", since, default), Is.Empty);
    }

    [Test]
    public async Task Delete_InSteps_LeavesTheNewestOfEachMachine()
    {
        for (var number = 0; number < 5; number++)
        {
            await AddAsync(Ended($"c{number}", Noon.AddHours(number), Noon.AddHours(number)));
        }

        await AddAsync(Ended("other", Noon, Noon, "t2"));

        Assert.That(await _store.DeleteAsync(Noon.AddDays(1), 3, default), Is.EqualTo(3));
        Assert.That(await _store.DeleteAsync(Noon.AddDays(1), 3, default), Is.EqualTo(1));
        Assert.That(await _store.DeleteAsync(Noon.AddDays(1), 3, default), Is.Zero);
        Assert.That((await ListAsync()).Select(one => one.Id), Is.EqualTo(new[] { "other", "c4" }));
    }

    /// <summary>Its broker was killed: it has said nothing more, and there is no end.</summary>
    [TestCase(180, false)]
    [TestCase(181, true)]
    public void At_WithoutASignOfLife_IsLostSinceTheLast(int seconds, bool isOver)
    {
        var connection = Make("c1", Noon).At(Noon.AddSeconds(seconds));

        Assert.That(
            (connection.EndedAt, connection.Ending),
            Is.EqualTo(isOver ? (Noon, ConnectionEnding.Lost) : ((DateTimeOffset?)null, (ConnectionEnding?)null)));
    }

    private static MachineConnection Make(string id, DateTimeOffset began, string token = "t1") => new()
    {
        Id = id,
        AccountId = "ann",
        TokenId = token,
        BeganAt = began,
        SeenAt = began,
    };

    private static MachineConnection Ended(string id, DateTimeOffset began, DateTimeOffset ended, string token = "t1") =>
        Make(id, began, token) with { SeenAt = ended, EndedAt = ended, Ending = ConnectionEnding.Goodbye };

    private Task<IReadOnlyList<MachineConnection>> ListAsync() => _store.ListAsync("ann", Noon.AddYears(-1), default);

    private async Task AddAsync(MachineConnection connection)
    {
        await _store.BeginAsync(connection, default);
        if (connection.EndedAt is { } end)
        {
            await _store.EndAsync(connection.Id, end, connection.Ending!.Value, default);
        }
    }
}
