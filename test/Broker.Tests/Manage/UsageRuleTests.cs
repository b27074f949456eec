using System.Net;
using Polydev.Broker.Accounts;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tests.Manage;

/// <summary>Overage and reserve of a machine, by program.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UsageRuleTests
{
    private SignInBroker _broker = null!;
    private ManageClient _owner = null!;

    private string Path => $"/machines/{_broker.Running.Token["pd_".Length..][..12]}";

    [SetUp]
    public async Task SetUp()
    {
        _broker = await SignInBroker.StartAsync();
        _owner = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);
    }

    [TearDown]
    public async Task TearDown()
    {
        _owner.Dispose();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task Set_OneCli_IsToldWithTheMachineAndComesToItsTunnel()
    {
        var hello = Frames.Hello("tunnel-1", Frames.Cli("codex"));
        hello.Features.Add(TunnelProtocol.RulesFeature);
        using var tunnel = await RawTunnel.WelcomedAsync(_broker.Running, hello);

        var set = await PutAsync("""{"provider":"codex","allow_overage":true,"reserve_percent":15}""");

        Assert.That(set.Status, Is.EqualTo(HttpStatusCode.OK), set.Text);
        string[] expected = ["claude False 0", "codex True 15", "gemini False 0"];
        Assert.That(Rules(set), Is.EqualTo(expected));
        Assert.That(Rules(await _owner.GetAsync(Path)), Is.EqualTo(expected));
        var told = (await tunnel.ReadAsync(BrokerFrame.KindOneofCase.Rules))!.Rules.Rules;
        Assert.That(told.Select(rule => $"{rule.Provider} {rule.AllowOverage} {rule.ReservePercent}"), Is.EqualTo(expected));
        var entries = (await _owner.GetAsync("/audit"))["entries"].EnumerateArray();
        Assert.That(
            entries.Single(entry => entry.GetProperty("action").GetString() == "machine.rules_changed").GetProperty("detail").GetString(),
            Is.EqualTo("codex paid overage allowed, 15 % kept back"));
    }

    [TestCase("""{"provider":"codex","allow_overage":true}""", "reserve_percent")]
    [TestCase("""{"provider":"echo","allow_overage":true,"reserve_percent":0}""", "provider")]
    [TestCase("""{"provider":"codex","allow_overage":1,"reserve_percent":0}""", "allow_overage")]
    [TestCase("""{"provider":"codex","allow_overage":null,"reserve_percent":0}""", "allow_overage")]
    [TestCase("""{"provider":"codex","allow_overage":true,"reserve_percent":101}""", "reserve_percent")]
    [TestCase("""{"provider":"codex","allow_overage":true,"reserve_percent":-1}""", "reserve_percent")]
    [TestCase("""{"provider":"codex","allow_overage":true,"reserve_percent":true}""", "reserve_percent")]
    [TestCase("""{"provider":"codex","allow_overage":true,"reserve_percent":1.5}""", "reserve_percent")]
    public async Task Set_WhatCannotBe_NamesTheFieldAndChangesNothing(string json, string field)
    {
        var answer = await PutAsync(json);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Fields, Is.EqualTo(new[] { field }));
        Assert.That(Rules(await _owner.GetAsync(Path)), Is.EqualTo(new[] { "claude False 0", "codex False 0", "gemini False 0" }));
    }

    [Test]
    public async Task Set_OfARevokedMachine_IsAConflict()
    {
        await _owner.PostAsync($"{Path}/revoke");

        Assert.That((await PutAsync("""{"provider":"codex","allow_overage":true,"reserve_percent":0}""")).Type, Is.EqualTo("conflict"));
    }

    private static IEnumerable<string> Rules(ManageAnswer answer) => answer["usage_rules"].EnumerateArray().Select(rule =>
        $"{rule.GetProperty("provider").GetString()} {rule.GetProperty("allow_overage").GetBoolean()} "
            + $"{rule.GetProperty("reserve_percent").GetInt32()}");

    private Task<ManageAnswer> PutAsync(string json) => _owner.SendAsync(HttpMethod.Put, $"{Path}/usage-rules", json);
}
