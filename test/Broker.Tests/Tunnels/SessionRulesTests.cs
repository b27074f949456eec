using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Machines;
using Polydev.Broker.Tests.Api;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Kind = Polydev.Protos.V1.BrokerFrame.KindOneofCase;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>A machine's rules come to its tunnel: with the welcome, and at each change.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionRulesTests : IAsyncDisposable
{
    private const string Question = """{"model":"o3","messages":[{"role":"user","content":"hi"}]}""";

    private RunningBroker _broker = null!;

    private string Id => _broker.Token["pd_".Length..][..12];

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Test]
    public async Task Welcome_HasTheRulesAsTheyWereSet()
    {
        await SetAsync(new MachineRule { Provider = "codex", AllowsOverage = true, ReservePercent = 15 });

        using var tunnel = RawTunnel.Open(_broker, _broker.Token);
        await tunnel.SendAsync(new ClientFrame { Hello = Hello("tunnel-1") });

        var welcome = (await tunnel.ReadAsync())!.Welcome;
        Assert.That(welcome.Features, Does.Contain(TunnelProtocol.RulesFeature));
        Assert.That(Words(welcome.Rules), Is.EqualTo(new[] { "claude False 0", "codex True 15", "gemini False 0" }));
    }

    [Test]
    public async Task Change_ComesToEachTunnelOfThatMachineAndToNoOther()
    {
        var other = await _broker.Services.GetRequiredService<MachineTokens>()
            .CreateAsync(Account.OwnerId, "other", Actor.CommandLine(), default);
        using var first = await RawTunnel.WelcomedAsync(_broker, Hello("tunnel-1"));
        using var second = await RawTunnel.WelcomedAsync(_broker, Hello("tunnel-2"));
        using var apart = RawTunnel.Open(_broker, other.Secret.Reveal());
        await apart.SendAsync(new ClientFrame { Hello = Hello("tunnel-3") });
        await apart.ReadAsync();

        await SetAsync(new MachineRule { Provider = "claude", ReservePercent = 20 });

        string[] expected = ["claude False 20", "codex False 0", "gemini False 0"];
        Assert.That(Words((await first.ReadAsync())!.Rules), Is.EqualTo(expected));
        Assert.That(Words((await second.ReadAsync())!.Rules), Is.EqualTo(expected));
        await SetAsync(new MachineRule { Provider = "claude", ReservePercent = 1 }, other.Credential.Id);
        Assert.That(Words((await apart.ReadAsync())!.Rules)[0], Is.EqualTo("claude False 1"), "the first that it hears of");
    }

    [Test]
    public async Task TunnelWithoutTheFeature_IsToldNothingOfThem()
    {
        using var tunnel = RawTunnel.Open(_broker, _broker.Token);
        await tunnel.SendAsync(new ClientFrame { Hello = Frames.Hello("tunnel-1", Frames.Cli("codex")) });
        Assert.That((await tunnel.ReadAsync())!.Welcome.Rules, Is.Null);

        await SetAsync(new MachineRule { Provider = "codex", AllowsOverage = true });

        using var leaving = new CancellationTokenSource();
        var call = _broker.PostAsync("chat/completions", Question, leaving.Token);
        Assert.That((await tunnel.ReadAsync())!.KindCase, Is.EqualTo(Kind.Work), "no frame that it does not know came before");
        await leaving.CancelAsync();
        Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>Rather no tunnel for a moment than one that runs into a bill.</summary>
    [Test]
    public async Task Rules_ThatCannotBeRead_KeepTheTunnelOut()
    {
        await using var broken = await RunningBroker.StartAsync(
            replace: services => services.AddSingleton<IMachineRuleStore>(new UnreadableRules()));
        using var tunnel = RawTunnel.Open(broken, broken.Token);

        await tunnel.SendAsync(new ClientFrame { Hello = Hello("tunnel-1") });

        Assert.That(await tunnel.ReadAsync(), Is.Null);
    }

    private static Hello Hello(string tunnelId)
    {
        var hello = Frames.Hello(tunnelId, Frames.Cli("codex"));
        hello.Features.Add(TunnelProtocol.RulesFeature);
        return hello;
    }

    private static string[] Words(UsageRules rules) =>
        [.. rules.Rules.Select(rule => $"{rule.Provider} {rule.AllowOverage} {rule.ReservePercent}")];

    private async Task SetAsync(MachineRule rule, string? id = null) => Assert.That(
        await _broker.Services.GetRequiredService<MachineRules>()
            .SetAsync(Account.OwnerId, id ?? Id, [rule], Actor.CommandLine(), default),
        Is.True);

    private sealed class UnreadableRules : IMachineRuleStore
    {
        public Task<ILookup<string, MachineRule>> ListAsync(string accountId, CancellationToken cancellationToken) => throw Locked();

        public Task<IReadOnlyList<MachineRule>> ListAsync(string accountId, string machineId, CancellationToken cancellationToken) =>
            throw Locked();

        public Task<bool> SetAsync(
            string accountId, string machineId, IReadOnlyList<MachineRule> rules, AuditEntry entry, CancellationToken cancellationToken) =>
            throw Locked();

        private static SqliteException Locked() => new("database is locked", 5);
    }
}
