using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Quotas;

public sealed class CliQuotaTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 27, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Soon = Start.AddHours(2);
    private static readonly DateTimeOffset Later = Start.AddDays(3);

    private FakeTimeProvider _time = null!;
    private int _changes;

    [SetUp]
    public void SetUp() => (_time, _changes) = (new FakeTimeProvider(Start), 0);

    [Test]
    public void Refusal_NothingTold_IsNone() => Assert.That(Quota(new QuotaSetting { ReservePercent = 100 }).Refusal(), Is.Null);

    [TestCase(OverageState.Unspecified)]
    [TestCase(OverageState.Off)]
    public void Refusal_FullWindowWithoutOverage_IsTheVendors(OverageState overage)
    {
        var quota = Quota();

        quota.Tell(News(100, overage));

        Assert.That(quota.Refusal(), Is.Null);
    }

    [Test]
    public void Refusal_OverageInUse_NamesWindowPercentAndResetUntilThen()
    {
        var quota = Quota();

        quota.Tell(News(100, OverageState.InUse, Soon));

        var refusal = quota.Refusal()!;
        Assert.That(refusal.Until, Is.EqualTo(Soon));
        Assert.That(
            refusal.Message,
            Is.EqualTo("Rate limit exceeded: the 5 h window of claude is used to 100 %, and the vendor of claude counts calls as paid "
                + "overage until the reset at 2026-11-27T11:00:00Z. The owner of the tunnel's machine has not allowed that; the "
                + "dashboard, under Machines, or POLYDEV_ALLOW_OVERAGE=claude there does."));
        _time.SetUtcNow(Soon);
        Assert.That(quota.Refusal(), Is.Null);
    }

    [Test]
    public void Refusal_OverageSwitchedOn_BeginsWithAFullWindow()
    {
        var quota = Quota();

        quota.Tell(News(99.9, OverageState.Available));
        Assert.That(quota.Refusal(), Is.Null);

        quota.Tell(News(100, OverageState.Available));
        Assert.That(quota.Refusal()?.Until, Is.EqualTo(Soon));
    }

    [Test]
    public void Refusal_SeveralFullWindows_LastsUntilTheLastReset()
    {
        var quota = Quota();

        quota.Tell(News(100, OverageState.InUse, Soon, sevenDays: 100));

        Assert.That(quota.Refusal()?.Until, Is.EqualTo(Later));
        Assert.That(quota.Refusal()?.Message, Does.Contain("7 d window").And.Contain("2026-11-30T09:00:00Z"));
    }

    [Test]
    public void Refusal_OverageAllowed_IsNone()
    {
        var quota = Quota(new QuotaSetting { AllowsOverage = true });

        quota.Tell(News(100, OverageState.InUse, Soon));

        Assert.That(quota.Refusal(), Is.Null);
    }

    [Test]
    public void Follow_AnotherRule_HoldsAtOnceAndIsRaisedOnce()
    {
        var quota = Quota();
        quota.Tell(News(100, OverageState.InUse, Soon));

        quota.Follow(new QuotaPolicy { AllowsOverage = true });
        quota.Follow(new QuotaPolicy { AllowsOverage = true });

        Assert.That(quota.Refusal(), Is.Null);
        Assert.That((Described(quota).Overage.Allowed, _changes), Is.EqualTo((true, 1)));

        quota.Follow(new QuotaPolicy { ReservePercent = 15 });

        Assert.That(quota.Refusal()?.Message, Does.Contain("paid overage"));
        Assert.That((Described(quota).Overage.Allowed, Described(quota).ReservePercent, _changes), Is.EqualTo((false, 15u, 2)));
    }

    [Test]
    public void Follow_WhereTheEnvironmentSaysSomething_ThatWinsPartByPart()
    {
        var told = new QuotaPolicy { AllowsOverage = true, ReservePercent = 20 };
        var overage = Quota(new QuotaSetting { AllowsOverage = false });
        var reserve = Quota(new QuotaSetting { ReservePercent = 0 });

        overage.Follow(told);
        reserve.Follow(told);

        Assert.That(overage.Policy, Is.EqualTo(new QuotaPolicy { ReservePercent = 20 }));
        Assert.That(reserve.Policy, Is.EqualTo(new QuotaPolicy { AllowsOverage = true }));
        overage.Tell(News(100, OverageState.InUse, Soon));
        Assert.That(overage.Refusal()?.Message, Does.EndWith("has not allowed that; POLYDEV_ALLOW_OVERAGE=claude there does."));
    }

    [Test]
    public void Refusal_ReserveOfTheDashboard_NamesBothPlaces()
    {
        var quota = Quota();
        quota.Follow(new QuotaPolicy { ReservePercent = 15 });

        quota.Tell(News(85, OverageState.Off));

        Assert.That(
            quota.Refusal()?.Message, Does.EndWith("; the reserve is set by the dashboard, under Machines, or POLYDEV_RESERVE there."));
    }

    [Test]
    public void Refusal_VendorSaysOverageIsOver_IsNone()
    {
        var quota = Quota();
        quota.Tell(News(100, OverageState.InUse, Soon));

        quota.Tell(News(2, OverageState.Available));

        Assert.That(quota.Refusal(), Is.Null);
    }

    [Test]
    public void Refusal_OverageWithoutAnyReset_LastsAnHour()
    {
        var quota = Quota();

        quota.Tell(new QuotaNews { Overage = OverageState.InUse });

        Assert.That(quota.Refusal()?.Until, Is.EqualTo(Start.AddHours(1)));
        Assert.That(quota.Refusal()?.Message, Does.StartWith("Rate limit exceeded: the vendor of claude counts calls as paid overage"));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.That(quota.Refusal(), Is.Null);
    }

    [Test]
    public void Refusal_OverageLeftOut_StandsAsItWas()
    {
        var quota = Quota();
        quota.Tell(News(50, OverageState.Available));

        quota.Tell(new QuotaNews { Windows = [new ToldWindow("5 h", 100, Soon)] });

        Assert.That(quota.Refusal()?.Until, Is.EqualTo(Soon));
    }

    [TestCase(84.9, false)]
    [TestCase(85, true)]
    [TestCase(100, true)]
    public void Refusal_ReserveOf15_BeginsAt85(double used, bool isRefused)
    {
        var quota = Quota(new QuotaSetting { ReservePercent = 15 });

        quota.Tell(News(used, OverageState.Off));

        Assert.That(quota.Refusal() is not null, Is.EqualTo(isRefused));
    }

    [Test]
    public void Refusal_Reserve_NamesItAndEndsWithTheWindow()
    {
        var quota = Quota(new QuotaSetting { AllowsOverage = true, ReservePercent = 15 });

        quota.Tell(News(85.5, OverageState.InUse));

        Assert.That(
            quota.Refusal()?.Message,
            Is.EqualTo("Rate limit exceeded: the 5 h window of claude is used to 85.5 %, and the owner of the tunnel's machine keeps 15 % "
                + "of it back. It is reset at 2026-11-27T11:00:00Z; the reserve is set by POLYDEV_RESERVE there."));
        _time.SetUtcNow(Soon);
        Assert.That(quota.Refusal(), Is.Null);
    }

    [Test]
    public void Describe_ToldWindows_StandInTheCatalogUntilTheyAreReset()
    {
        var quota = Quota(new QuotaSetting { ReservePercent = 15 });
        quota.Tell(News(100, OverageState.InUse, Soon, sevenDays: 40));

        var before = Described(quota);
        _time.SetUtcNow(Soon);
        var after = Described(quota);

        var fiveHours = Window("5 h", 100, Soon);
        var sevenDays = Window("7 d", 40, Later);
        Assert.Multiple(() =>
        {
            Assert.That(before.Windows, Is.EqualTo(new[] { fiveHours, sevenDays }));
            Assert.That(
                before.Overage,
                Is.EqualTo(new Overage
                {
                    State = OverageState.InUse,
                    EndsAt = Soon.ToUnixTimeSeconds(),
                    AsOf = Start.ToUnixTimeSeconds(),
                }));
            Assert.That((before.ReservePercent, before.Refusal.Length > 0), Is.EqualTo((15u, true)));
            (fiveHours.UsedPercent, fiveHours.ResetsAt) = (0, 0);
            Assert.That(after.Windows, Is.EqualTo(new[] { fiveHours, sevenDays }));
            Assert.That((after.Overage.State, after.Overage.EndsAt), Is.EqualTo((OverageState.Unspecified, 0L)));
            Assert.That(after.Refusal, Is.Empty);
        });
    }

    [TestCase(LoginKind.ApiKey)]
    [TestCase(LoginKind.Cloud)]
    [TestCase(LoginKind.Unspecified)]
    public void Describe_AnotherLoginNow_EndsWhatTheSubscriptionHasTold(LoginKind login)
    {
        var quota = Quota();
        quota.Tell(News(100, OverageState.InUse, Soon));
        var testing = new CliInfo { State = CliState.Testing };
        quota.Describe(testing);
        Assert.That(quota.Refusal(), Is.Not.Null, "what is being tested tells no login");

        var info = new CliInfo { State = CliState.Ready, Login = login };
        quota.Describe(info);

        Assert.That(quota.Refusal(), Is.Null);
        Assert.That(info, Is.EqualTo(new CliInfo { State = CliState.Ready, Login = login }));
    }

    [Test]
    public void Changed_ManyNews_IsRaisedOnceASecond()
    {
        var quota = Quota();
        for (var used = 1; used <= 50; used++)
        {
            quota.Tell(News(used, OverageState.Off));
        }

        Assert.That(_changes, Is.Zero);
        _time.Advance(CliQuota.Pause);
        Assert.That(_changes, Is.EqualTo(1));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.That(_changes, Is.EqualTo(1));
    }

    [Test]
    public void Changed_SameFiguresAgain_WaitsAMinute()
    {
        var quota = Quota();
        quota.Tell(News(10, OverageState.Off));
        _time.Advance(CliQuota.Pause);

        quota.Tell(News(10.2, OverageState.Off));
        _time.Advance(CliQuota.Pause);
        Assert.That(_changes, Is.EqualTo(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_changes, Is.EqualTo(2));
    }

    [Test]
    public void Changed_WindowReset_IsRaised()
    {
        var quota = Quota();
        quota.Tell(News(100, OverageState.InUse, Soon));
        _time.Advance(CliQuota.Pause);
        var before = _changes;

        _time.SetUtcNow(Soon);

        Assert.That(_changes, Is.EqualTo(before + 1));
    }

    [Test]
    public void Tell_WindowsWithoutEnd_AreNotKeptWithoutEnd()
    {
        var quota = Quota();

        quota.Tell(new QuotaNews { Windows = [.. Enumerable.Range(0, 100).Select(index => new ToldWindow($"{index} h", 1, Soon))] });

        Assert.That(Described(quota).Windows, Has.Count.EqualTo(20));
    }

    [TestCase(300, "5 h")]
    [TestCase(299, "5 h")]
    [TestCase(10080, "7 d")]
    [TestCase(43200, "30 d")]
    [TestCase(90, "90 min")]
    [TestCase(1440, "1 d")]
    public void Label_Length_IsInItsLargestWholeUnit(long minutes, string expected) =>
        Assert.That(QuotaFigures.Label(minutes), Is.EqualTo(expected));

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(long.MaxValue)]
    public void Moment_NoMoment_IsNull(long seconds) => Assert.That(QuotaFigures.Moment(seconds), Is.Null);

    private static QuotaNews News(double fiveHours, OverageState overage, DateTimeOffset? ends = null, double sevenDays = 10) => new()
    {
        Windows = [new ToldWindow("5 h", fiveHours, Soon), new ToldWindow("7 d", sevenDays, Later)],
        Overage = overage,
        OverageEndsAt = ends,
    };

    private static VendorWindow Window(string label, double used, DateTimeOffset reset) => new()
    {
        Label = label,
        UsedPercent = used,
        ResetsAt = reset.ToUnixTimeSeconds(),
        AsOf = Start.ToUnixTimeSeconds(),
    };

    private static CliInfo Described(CliQuota quota)
    {
        var info = new CliInfo { State = CliState.Ready, Login = LoginKind.Subscription };
        quota.Describe(info);
        return info;
    }

    private CliQuota Quota(QuotaSetting? own = null)
    {
        var quota = new CliQuota("claude", own ?? new QuotaSetting(), _time);
        quota.Changed += () => _changes++;
        return quota;
    }
}
