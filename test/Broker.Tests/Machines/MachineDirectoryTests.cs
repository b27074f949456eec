using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Audit;
using Polydev.Broker.Machines;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Machines;

/// <summary>An account's machines as a running broker sees them: tunnels come and go over a real socket.</summary>
public sealed class MachineDirectoryTests
{
    private NotedConnections _noted = null!;
    private RunningBroker _broker = null!;

    private string Id => _broker.Token["pd_".Length..][..12];

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync(replace: services => services.AddSingleton<IConnectionStore>(
        provider => _noted = new NotedConnections(new ConnectionStore(provider.GetRequiredService<Database>()))));

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task List_AMachineThatWasNeverHere_IsOfflineWithoutAPast()
    {
        var machine = await FindAsync();

        Assert.That((machine.Name, machine.IsOnline, machine.Token.FirstSeenAt), Is.EqualTo(("test", false, (DateTimeOffset?)null)));
        Assert.That((machine.LastDay, machine.LastEnded), Is.EqualTo((Array.Empty<MachineConnection>(), (MachineConnection?)null)));
    }

    [Test]
    public async Task List_AConnectedOne_HasItsTunnelWithSlotsAndCliVersions()
    {
        var hello = Frames.Hello("tunnel-1", Frames.Cli(Providers.Claude));
        hello.Slots = 4;
        await using var tunnel = await _broker.ConnectTunnelAsync(hello);
        await _noted.NextAsync();

        var machine = await FindAsync();

        var online = machine.Online.Single();
        Assert.That((online.TokenId, online.Version, online.Slots, online.SlotsInUse), Is.EqualTo((Id, "0.1.0", 4, 0)));
        Assert.That(online.Clis.Single().Version, Is.EqualTo("1.0"));
        Assert.That(machine.LastDay.Single().EndedAt, Is.Null);
        Assert.That(machine.LastEnded, Is.Null);
        Assert.That(
            await _broker.Services.GetRequiredService<MachineDirectory>().ListAsync("nobody", default), Is.Empty, "another account's");
    }

    [Test]
    public async Task List_ATunnelOfAnOlderVersion_HasNoSlotsToTell()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();

        Assert.That((await FindAsync()).Online.Single().Slots, Is.Null);
    }

    [TestCase("says goodbye", "Goodbye")]
    [TestCase("is cut off", "Lost")]
    [TestCase("is revoked", "Revoked")]
    public async Task List_OneThatHasGone_SaysHow(string how, string ending)
    {
        await using (var tunnel = await _broker.ConnectTunnelAsync())
        {
            await _noted.NextAsync();
            if (how == "says goodbye")
            {
                await tunnel.SendAsync([new ClientFrame { Goodbye = new Goodbye { Reason = "stopped" } }]);
                await _noted.NextAsync();
            }
            else if (how == "is revoked")
            {
                var tokens = _broker.Services.GetRequiredService<MachineTokens>();
                Assert.That(await tokens.RevokeAsync("owner", Id, Actor.CommandLine(), default), Is.True);
                await _noted.NextAsync();
            }
        }

        if (how == "is cut off")
        {
            await _noted.NextAsync();
        }

        var machine = await FindAsync();
        Assert.That(machine.LastEnded!.Ending, Is.EqualTo(Enum.Parse<ConnectionEnding>(ending)));
        Assert.That(machine.LastDay, Is.EqualTo(new[] { machine.LastEnded }));
        Assert.That(machine.IsOnline, Is.False);
    }

    private async Task<Machine> FindAsync() =>
        (await _broker.Services.GetRequiredService<MachineDirectory>().FindAsync("owner", Id, default))!;

    /// <summary>Says when a begin or an end has been written.</summary>
    private sealed class NotedConnections(IConnectionStore inner) : IConnectionStore
    {
        private readonly Channel<string> _written = Channel.CreateUnbounded<string>();

        public Task<string> NextAsync() => _written.Reader.ReadAsync().AsTask().DefaultTimeout();

        public async Task BeginAsync(MachineConnection connection, CancellationToken cancellationToken)
        {
            await inner.BeginAsync(connection, cancellationToken);
            _written.Writer.TryWrite(connection.Id);
        }

        public async Task EndAsync(string id, DateTimeOffset at, ConnectionEnding ending, CancellationToken cancellationToken)
        {
            await inner.EndAsync(id, at, ending, cancellationToken);
            _written.Writer.TryWrite(id);
        }

        public Task TouchAsync(IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken) =>
            inner.TouchAsync(ids, at, cancellationToken);

        public Task<IReadOnlyList<MachineConnection>> ListAsync(
            string accountId, DateTimeOffset since, CancellationToken cancellationToken) =>
            inner.ListAsync(accountId, since, cancellationToken);

        public Task<int> DeleteAsync(DateTimeOffset before, int most, CancellationToken cancellationToken) =>
            inner.DeleteAsync(before, most, cancellationToken);
    }
}
