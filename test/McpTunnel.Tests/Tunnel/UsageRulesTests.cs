using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Tests.Work;
using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>What the owner sets in the dashboard comes to a running tunnel, and holds from the next call on.</summary>
public sealed class UsageRulesTests
{
    private static readonly UsageRules Allowed = Rules(new UsageRule { Provider = "fake", AllowOverage = true, ReservePercent = 7 });

    [Test]
    public async Task Rules_OfTheWelcomeAndLater_HoldForTheNextCallAndStandInTheCatalog()
    {
        var adapter = Paid();
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();
        var peer = await WelcomeAsync(fixture, new UsageRules());
        Assert.That(peer.Hello!.Features, Does.Contain(TunnelProtocol.RulesFeature));
        Assert.That((await AskAsync(peer)).Failed?.Kind, Is.EqualTo(FailureKind.RateLimited));

        await peer.SendAsync(new BrokerFrame { Rules = Allowed });

        var told = await CatalogAsync(peer);
        Assert.That((told.Overage.Allowed, told.ReservePercent, told.Refusal), Is.EqualTo((true, 7u, string.Empty)));
        Assert.That((await AskAsync(peer)).Finished, Is.Not.Null);

        await peer.SendAsync(new BrokerFrame { Rules = new UsageRules() });

        Assert.That((await CatalogAsync(peer)).Overage.Allowed, Is.False, "a CLI that is not named any more has no rule");
        Assert.That((await AskAsync(peer)).Failed?.Kind, Is.EqualTo(FailureKind.RateLimited));
    }

    [Test]
    public async Task Rules_BeyondTheirConnection_StandUntilAWelcomeSaysOtherwise()
    {
        var adapter = Paid();
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        var tunnel = await fixture.StartTunnelAsync();
        var first = await WelcomeAsync(fixture, Allowed);
        Assert.That((await AskAsync(first)).Finished, Is.Not.Null);

        await LoseAsync(fixture, tunnel, first);
        var old = await fixture.Broker.WelcomeAsync();
        Assert.That((await AskAsync(old)).Finished, Is.Not.Null, "a broker without the feature has said nothing");

        await LoseAsync(fixture, tunnel, old);
        var last = await WelcomeAsync(fixture, new UsageRules());
        Assert.That((await AskAsync(last)).Failed?.Kind, Is.EqualTo(FailureKind.RateLimited));
    }

    [Test]
    public async Task Rules_WhereTheEnvironmentDecides_ChangeNothing()
    {
        var adapter = Paid(new QuotaSetting { AllowsOverage = false, ReservePercent = 3 });
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();

        var peer = await WelcomeAsync(fixture, Allowed);

        Assert.That((await AskAsync(peer)).Failed?.Message, Does.EndWith("; POLYDEV_ALLOW_OVERAGE=fake there does."));
        Assert.That(adapter.Quota!.Policy, Is.EqualTo(new QuotaPolicy { ReservePercent = 3 }));
    }

    [Test]
    public async Task Rules_ThatMakeNoSense_EndNothing()
    {
        var adapter = Paid();
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();
        var odd = Rules(
            [
                new UsageRule(), new UsageRule { Provider = new string('x', 100_000) }, new UsageRule { Provider = "none of ours" },
                new UsageRule { Provider = "fake", ReservePercent = uint.MaxValue },
                .. Enumerable.Range(0, 10_000).Select(number => new UsageRule { Provider = $"cli {number}", AllowOverage = true }),
                new UsageRule { Provider = "fake", AllowOverage = true },
            ]);

        var peer = await WelcomeAsync(fixture, odd);
        await peer.SendAsync(new BrokerFrame { Rules = odd });

        Assert.That((await AskAsync(peer)).Failed?.Kind, Is.EqualTo(FailureKind.RateLimited), "the tunnel is there");
        Assert.That(adapter.Quota!.Policy, Is.EqualTo(new QuotaPolicy { ReservePercent = 100 }));
    }

    [Test]
    public async Task Rules_OnAConnectionThatDrains_AreItsSuccessorsToTell()
    {
        var adapter = Paid();
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();
        var peer = await WelcomeAsync(fixture, new UsageRules());
        var text = new Part { Text = new TextPart { Text = "one two three" } };
        await peer.SendAsync(new WorkItem
        {
            WorkId = "w",
            Provider = Providers.Echo,
            Model = KnownModels.Echo,
            InitialCredit = 1,
            Messages = { new Message { Role = Role.User, Parts = { text } } },
        });
        await peer.EventAsync();
        await peer.SendAsync(new BrokerFrame { Drain = new Drain { ReconnectAfterMs = 60_000 } });

        await peer.SendAsync(new BrokerFrame { Rules = Allowed });

        await peer.SendAsync(new BrokerFrame { Ping = new Ping { Nonce = 1 } });
        Assert.That((await peer.ReceiveAsync()).Pong, Is.Not.Null);
        Assert.That(adapter.Quota!.Policy, Is.EqualTo(QuotaPolicy.Default));
    }

    private static UsageRules Rules(params UsageRule[] rules) => new() { Rules = { rules } };

    private static async Task<FakeBrokerPeer> WelcomeAsync(TunnelFixture fixture, UsageRules rules)
    {
        var peer = await fixture.Broker.AcceptAsync();
        await peer.SendAsync(new BrokerFrame { Welcome = new Welcome { SessionId = "s", Rules = rules } });
        return peer;
    }

    private static async Task LoseAsync(TunnelFixture fixture, StartedTunnel tunnel, FakeBrokerPeer peer)
    {
        peer.End();
        await tunnel.ReachesAsync(TunnelPhase.Waiting);
        fixture.Time.Advance(Backoff.Ceiling);
    }

    // A CLI whose vendor counts calls as paid.
    private static FakeAdapter Paid(QuotaSetting? own = null)
    {
        var time = new FakeTimeProvider();
        var quota = new CliQuota("fake", own ?? new QuotaSetting(), time);
        quota.Tell(new QuotaNews { Overage = OverageState.InUse, OverageEndsAt = time.GetUtcNow().AddHours(1) });
        return new FakeAdapter((_, _) => AnswerAsync())
        {
            Quota = quota,
            Info = new CliInfo
            {
                Provider = "fake",
                State = CliState.Ready,
                Login = LoginKind.Subscription,
                Models = { new ModelInfo { Id = "m" } },
            },
        };
    }

    private static async IAsyncEnumerable<WorkEvent> AnswerAsync()
    {
        await Task.Yield();
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    // The call's last event.
    private static async Task<WorkEvent> AskAsync(FakeBrokerPeer peer)
    {
        await peer.SendAsync(new WorkItem
        {
            WorkId = Guid.NewGuid().ToString("N"),
            Provider = "fake",
            Model = "m",
            InitialCredit = TunnelProtocol.CreditWindow,
        });
        while (true)
        {
            var next = await peer.EventAsync();
            if (next.IsFinal())
            {
                return next;
            }
        }
    }

    private static async Task<CliInfo> CatalogAsync(FakeBrokerPeer peer)
    {
        while (true)
        {
            if ((await peer.ReceiveAsync()).Catalog is { } catalog)
            {
                return catalog.Clis.Single(cli => cli.Provider == "fake");
            }
        }
    }
}
