using Polydev.Broker.ApiKeys;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Overview;
using Polydev.Broker.Quotas;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Pages;

/// <summary>The first sentence that applies, of those in the design's order.</summary>
public sealed class OverviewVerdictTests
{
    private static readonly DateTimeOffset AtFour = SomeMachines.Now.AddMinutes(82);

    [Test]
    public void Of_NoCallAnsweredYet_IsTheFirstRun() =>
        Assert.That(Say(Model() with { IsFirstRun = true }), Is.EqualTo("Four steps to your first call."));

    [Test]
    public void Of_NoneOnline_SaysWhatCallsGet()
    {
        var model = Model(SomeMachines.Offline("studio", SomeMachines.Now.AddMinutes(-6)), SomeMachines.Offline("build-box")) with
        {
            Keys = [Key(accountUsed: 500)],
        };

        Assert.That(Say(model), Is.EqualTo("No machine is online. Calls get 503 “Tunnel offline”."), "before the account's month");
        Assert.That(Lede(model), Is.EqualTo(
            "The last one, studio, left 6 min ago. Your keys and limits are untouched; calls work again the moment a tunnel is back."));
    }

    [Test]
    public void Of_AccountsMonthGone_SaysUntilWhen()
    {
        var model = Model(SomeMachines.Online("studio")) with { Keys = [Key(accountUsed: 500)] };

        Assert.That(Say(model), Is.EqualTo("The account's month is used up until 1 December."), "before the CLIs");
    }

    [Test]
    public void Pace_MonthEndsBeforeItsTime_SaysWhen()
    {
        var model = Model(SomeMachines.Online("studio")) with { Keys = [Key(accountUsed: 412)] };

        Assert.That(
            OverviewVerdict.Pace(model, new MonthPace(168), SomeMachines.InBerlin),
            Is.EqualTo(" The account’s month runs out about Saturday 28 November at this week’s pace."));
        Assert.That(OverviewVerdict.Pace(model, new MonthPace(84), SomeMachines.InBerlin), Is.Null, "88 last for seven days at 12 a day");
        Assert.That(OverviewVerdict.Pace(model with { Keys = [Key()] }, new MonthPace(0), SomeMachines.InBerlin), Is.Null);
    }

    /// <summary>The calendar ends before such a month would.</summary>
    [Test]
    public void Pace_MonthIsVast_IsNotTold()
    {
        var month = new QuotaWindow(QuotaWindowKind.AccountMonth, QuotaStarts.At(SomeMachines.Now).Month, 0, 1_000_000_000);

        Assert.That(new MonthPace(7).EarlyEndOf(month, SomeMachines.Now), Is.Null);
    }

    [Test]
    public void Of_NoCliReady_NamesTheMachines()
    {
        var studio = SomeMachines.Online(
            "studio",
            SomeMachines.Cli("gemini", CliState.NotLoggedIn),
            SomeMachines.Cli("claude", CliState.Unusable),
            SomeMachines.Cli("echo"));

        Assert.That(Say(Model(studio)), Is.EqualTo("studio is online, but no CLI on it can answer."));
        Assert.That(
            Say(Model(studio, SomeMachines.Online("build-box"))),
            Is.EqualTo("studio and build-box are online, but no CLI on them can answer."));
    }

    [Test]
    public void Of_OneCliAtItsVendorsLimit_NamesItAndUntilWhen()
    {
        var model = Model(SomeMachines.Online("studio", SomeMachines.Cli("claude", used: 100, resets: AtFour), SomeMachines.Cli("codex")));

        Assert.That(Say(model), Is.EqualTo("Claude Code is used up until 16:00. The others answer."));
    }

    [Test]
    public void Of_EveryCliAtItsLimit_PromisesNoOthers()
    {
        var model = Model(SomeMachines.Online("studio", SomeMachines.Cli("claude", used: 100, resets: AtFour)));

        Assert.That(Say(model), Is.EqualTo("Claude Code is used up until 16:00."));
    }

    [Test]
    public void Of_TheSameCliAnswersElsewhere_IsNotUsedUp()
    {
        var model = Model(
            SomeMachines.Online("studio", SomeMachines.Cli("claude", used: 100, resets: AtFour)),
            SomeMachines.Online("build-box", SomeMachines.Cli("claude")));

        Assert.That(Say(model), Is.EqualTo("Calls are being answered."));
    }

    [Test]
    public void Of_ItsResetHasPassedOrOverageIsPaid_IsNotUsedUp()
    {
        var due = SomeMachines.Cli("claude", used: 100, resets: SomeMachines.Now.AddMinutes(-1));
        var paid = SomeMachines.Cli("codex", used: 100, resets: AtFour);
        paid.Overage = new Overage { State = OverageState.InUse, Allowed = true };

        Assert.That(Say(Model(SomeMachines.Online("studio", due, paid))), Is.EqualTo("Calls are being answered."));
    }

    [Test]
    public void Of_ItsOwnersReserveIsReached_IsUsedUp()
    {
        var cli = SomeMachines.Cli("claude", used: 86, resets: AtFour);
        (cli.ReservePercent, cli.Refusal) = (15, "15 % of Claude Code are kept for its owner.");

        Assert.That(Say(Model(SomeMachines.Online("studio", cli))), Is.EqualTo("Claude Code is used up until 16:00."));
    }

    [Test]
    public void Lede_SomeOnline_TellsWhatAnswersWhere()
    {
        var model = Model(
            SomeMachines.Online(
                "studio", SomeMachines.Cli("claude"), SomeMachines.Cli("codex"), SomeMachines.Cli("gemini", CliState.NotLoggedIn)),
            SomeMachines.Online("build-box", SomeMachines.Cli("gemini")),
            SomeMachines.Offline("travel-laptop"));

        Assert.That(Lede(model), Is.EqualTo(
            "Two of three machines are online. Claude Code and Codex CLI answer on studio, Gemini CLI answers on build-box."));
    }

    [Test]
    public void NearLimits_AreThoseUsedUpThenTheNearestAtMostThree()
    {
        var keys = new[] { Key("ci", hour: 10, accountUsed: 412), Key("notebook", day: 22, accountUsed: 412) };

        Assert.That(
            NearLimit.Of(keys).Select(near => (near.Key?.Name, near.Window.Kind)),
            Is.EqualTo(new[] { ("ci", QuotaWindowKind.Hour), (null, QuotaWindowKind.AccountMonth), ("notebook", QuotaWindowKind.Day) }));
    }

    [Test]
    public void FailureWords_GatherWhatIsOneCauseToAPerson()
    {
        CallFailures[] failures =
        [
            new("RateLimited", "hour", 2), new("NoProvider", "", 1), new("RateLimited", "account", 1), new("TimedOut", "", 1),
            new("TunnelOffline", "", 1), new("Upstream", "", 4),
        ];

        Assert.That(FailureWords.Of(failures), Is.EqualTo("4 × CLI failed, 3 × limit, 1 × no CLI, 2 more"));
    }

    private static string Say(OverviewModel model) => OverviewVerdict.Of(model, SomeMachines.InBerlin);

    private static string Lede(OverviewModel model) => OverviewVerdict.Lede(model, SomeMachines.InBerlin);

    private static OverviewModel Model(params Machine[] machines) => new()
    {
        Frame = new FrameModel(1, machines.Length, 0, 0, "Free"),
        Keys = [Key()],
        Machines = machines,
        IsFirstRun = false,
        Counts = new CallCounts(0, 0, 0, 0),
        Figures = new CallFigures([], null, null, 0, 0, 0),
        Calls = [],
    };

    private static ApiKey Key(string name = "ci", int hour = 0, int day = 0, int accountUsed = 0)
    {
        var start = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        return new ApiKey
        {
            Credential = new Credential
            {
                Id = name,
                Kind = CredentialKind.ApiKey,
                AccountId = "ann",
                Name = name,
                CreatedAt = SomeMachines.Now,
            },
            Windows = new QuotaState(
                new QuotaWindow(QuotaWindowKind.Hour, start, hour, 10),
                new QuotaWindow(QuotaWindowKind.Day, start, day, 60),
                new QuotaWindow(QuotaWindowKind.Month, start, 0, 500),
                new QuotaWindow(QuotaWindowKind.AccountMonth, start, accountUsed, 500)),
        };
    }
}
