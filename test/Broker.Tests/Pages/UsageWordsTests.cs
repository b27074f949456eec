using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Usage;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Tests.Pages;

public sealed class UsageWordsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 13, 38, 5, TimeSpan.Zero);

    [Test]
    public void Account_UsedUp_ComesFirst()
    {
        var words = Words(accountUsed: 500, Key("ci", hour: 10));

        Assert.That(words.Verdict, Is.EqualTo("The account’s month is used up until 1 December."));
        Assert.That(words.Lede, Is.EqualTo("One window is used up: ci, this hour."));
    }

    [Test]
    public void Account_From60Percent_TellsWhatIsLeftAndHowLong()
    {
        Assert.That(Words(300).Verdict, Is.EqualTo("200 of the account’s 500 messages are left until 1 December."));
        Assert.That(Words(299).Verdict, Is.EqualTo("No limit is near."));
        Assert.That(Words(412, aWeek: 168).Lede, Is.EqualTo("At this week’s pace of 24 a day they last until about Saturday 28 November."));
        Assert.That(Words(412, aWeek: 28).Lede, Is.EqualTo("At this week’s pace of 4 a day they last beyond that."));
        Assert.That(Words(412, aWeek: 3).Lede, Is.Null);
        Assert.That(Words(299, aWeek: 168).Lede, Is.Null);
    }

    [Test]
    public void Windows_UsedUp_AreNamed()
    {
        Assert.That(Words(0, Key("ci", hour: 10)).Verdict, Is.EqualTo("One window is used up: ci, this hour."));
        Assert.That(
            Words(0, Key("ci", hour: 10, day: 50), Key("notebook")).Verdict,
            Is.EqualTo("Two windows are used up: ci, this hour; ci, today."));
        Assert.That(
            Words(0, [.. Enumerable.Range(1, 5).Select(index => Key($"k{index}", hour: 10))]).Verdict,
            Is.EqualTo("Five windows are used up: k1, this hour; k2, this hour; k3, this hour; and 2 more."));
    }

    [Test]
    public void Windows_NearlyUsedUp_AreNotCalledFar() =>
        Assert.That(Words(0, Key("ci", day: 40), Key("notebook", day: 39)).Verdict, Is.EqualTo("One window is nearly used up: ci, today."));

    [Test]
    public void Account_WithoutLimits_TellsItsDay()
    {
        var account = Row("Account", 0, 47, 412, null) with { IsAccount = true };

        Assert.That(Words(account, Row("ci", 1, 47, 60, null)).Verdict, Is.EqualTo("47 calls today. This account has no limits."));
        Assert.That(Words(account, Key("ci")).Verdict, Is.EqualTo("No limit is near."), "its key has one of its own");
    }

    private static UsageWords Words(int accountUsed, params WindowRow[] keys) => Words(accountUsed, 0, keys);

    private static UsageWords Words(int accountUsed, long aWeek, params WindowRow[] keys)
    {
        var account = Row("Account", 0, 0, 0, null) with { Month = Window(QuotaWindowKind.AccountMonth, accountUsed, 500) };
        return new UsageWords(Viewer, account, keys, new MonthPace(aWeek));
    }

    private static UsageWords Words(WindowRow account, params WindowRow[] keys) => new(Viewer, account, keys, new MonthPace(0));

    private static WindowRow Key(string name, int hour = 0, int day = 0) => new(
        name, null, Window(QuotaWindowKind.Hour, hour, 10), Window(QuotaWindowKind.Day, day, 50), Window(QuotaWindowKind.Month, day, 500));

    private static WindowRow Row(string name, int hour, int day, int month, int? limit) => new(
        name,
        null,
        Window(QuotaWindowKind.Hour, hour, limit),
        Window(QuotaWindowKind.Day, day, limit),
        Window(QuotaWindowKind.Month, month, limit));

    private static QuotaWindow Window(QuotaWindowKind kind, int used, int? limit)
    {
        var starts = QuotaStarts.At(Now);
        var start = kind switch { QuotaWindowKind.Hour => starts.Hour, QuotaWindowKind.Day => starts.Day, _ => starts.Month };
        return new QuotaWindow(kind, start, used, limit);
    }

    private static Viewer Viewer { get; } = new()
    {
        Now = Now,
        Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"),
        Site = "http://127.0.0.1:5080",
    };
}
