using Microsoft.Extensions.Logging.Abstractions;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Keys;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Machines;

internal sealed class ConnectionKeeperTests : SignInStores<TemporaryDatabase>
{
    private TimerAnnouncingTimeProvider _time = null!;
    private ConnectionStore _store = null!;
    private CredentialStore _tokens = null!;
    private ConnectionKeeper _keeper = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new TimerAnnouncingTimeProvider();
        _time.SetUtcNow(Noon);
        _store = new ConnectionStore(Database);
        _tokens = new CredentialStore(Database);
        _keeper = new ConnectionKeeper(_store, _tokens, _time, NullLogger<ConnectionKeeper>.Instance);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _keeper.StopAsync(default).DefaultTimeout();
        _keeper.Dispose();
    }

    [Test]
    public async Task Execute_EachMinute_SaysWhatLivesAndAfterTwoDaysForgetsWhatDoesNot()
    {
        var token = await CreateAsync("t1");
        await _keeper.BeginAsync("gone", token);
        await _keeper.EndAsync("gone", token, ConnectionEnding.Goodbye);
        await _keeper.BeginAsync("lives", token);
        await _keeper.StartAsync(default);

        Assert.That(await PauseAsync(), Is.EqualTo(ConnectionKeeper.Period));
        _time.Advance(ConnectionKeeper.Period);
        await PauseAsync();

        Assert.That(
            (await ListAsync()).Select(one => (one.Id, one.SeenAt, one.EndedAt)),
            Is.EquivalentTo(new[] { ("gone", Noon, Noon), ("lives", Noon.AddMinutes(1), (DateTimeOffset?)null) }));

        _time.Advance(ConnectionKeeper.Kept);
        for (var minute = 0; minute < 60; minute++)
        {
            await PauseAsync();
            _time.Advance(ConnectionKeeper.Period);
        }

        await PauseAsync();
        Assert.That((await ListAsync()).Select(one => one.Id), Is.EqualTo(new[] { "lives" }));
    }

    [Test]
    public async Task BeginAndEnd_OfAToken_AreWhenItsMachineWasSeen()
    {
        var token = await CreateAsync("t1");

        await _keeper.BeginAsync("c1", token);
        _time.Advance(TimeSpan.FromMinutes(5));
        await _keeper.EndAsync("c1", token, ConnectionEnding.Lost);

        var seen = (await _tokens.FindAsync(CredentialKind.TunnelToken, "t1", default))!.Credential;
        Assert.That((seen.FirstSeenAt, seen.LastSeenAt), Is.EqualTo((Noon, Noon.AddMinutes(5))));
        Assert.That((await ListAsync()).Single().Ending, Is.EqualTo(ConnectionEnding.Lost));
    }

    private Task<TimeSpan> PauseAsync() => _time.Timers.ReadAsync().AsTask().DefaultTimeout();

    private Task<IReadOnlyList<MachineConnection>> ListAsync() => _store.ListAsync("ann", Noon.AddYears(-1), default);

    private async Task<Credential> CreateAsync(string id)
    {
        var token = new Credential { Id = id, Kind = CredentialKind.TunnelToken, AccountId = "ann", Name = "m", CreatedAt = Noon };
        await _tokens.CreateAsync(new StoredCredential(token, [1]), default);
        return token;
    }
}
