using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Machines;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Pages;

/// <summary>What pages say of machines, their windows and when they were up.</summary>
public sealed class MachineWordsTests
{
    [Test]
    public void Verdict_IsTheDesigns()
    {
        var (studio, box, laptop) = (SomeMachines.Online("studio"), Old(SomeMachines.Online("build-box")), SomeMachines.Offline("laptop"));

        Assert.That(MachinesVerdict.Of([]), Is.EqualTo("No machine yet."));
        Assert.That(
            MachinesVerdict.Of([studio, box, laptop]),
            Is.EqualTo("Two of three machines are online. build-box can be updated."));
        Assert.That(
            MachinesVerdict.Of([studio, SomeMachines.Online("two"), SomeMachines.Online("three")]),
            Is.EqualTo("All three machines are online."));
        Assert.That(MachinesVerdict.Of([studio]), Is.EqualTo("studio is online."));
        Assert.That(MachinesVerdict.Of([laptop, SomeMachines.Offline("other")]), Is.EqualTo("None of two machines is online."));
    }

    [TestCase("0.0.9", "0.1.0")]
    [TestCase("0.1.0", null)]
    [TestCase("9.0.0-beta.1", null)]
    [TestCase("unknown", null)]
    public void Update_IsThisBrokersVersionForAnOlderOne(string version, string? expected) =>
        Assert.That(MachineWords.Update(Versioned(SomeMachines.Online("studio"), version)), Is.EqualTo(expected));

    [TestCase("5 h", "5 h", "5 hour window", 73)]
    [TestCase("7 d", "Week", "weekly window", 99)]
    [TestCase("24 h", "Day", "daily window", 94)]
    [TestCase("7 d opus", "Week opus", "weekly window for opus", 99)]
    [TestCase("extra", "extra", "extra window", null)]
    public void VendorUse_IsNamedByItsLength(string label, string name, string longName, double? pace)
    {
        var window = new VendorWindow { Label = label, UsedPercent = 62.4, ResetsAt = SomeMachines.Now.AddMinutes(82).ToUnixTimeSeconds() };

        var use = VendorUse.Of(window, SomeMachines.Now);

        Assert.That((use.Name, use.LongName, use.Pace, use.IsDue), Is.EqualTo((name, longName, pace, false)));
    }

    [Test]
    public void VendorUse_PastItsReset_KeepsTheOldFigureAndIsDue()
    {
        var window = new VendorWindow { Label = "5 h", UsedPercent = 80, ResetsAt = SomeMachines.Now.AddMinutes(-38).ToUnixTimeSeconds() };

        var use = VendorUse.Of(window, SomeMachines.Now);

        Assert.That((use.Percent, use.IsDue, use.Pace, use.Class), Is.EqualTo((80, true, (double?)null, "is-warn")));
    }

    [Test]
    public void UpTimes_ConnectionsThatFollowAtOnce_AreOneSpan()
    {
        var now = SomeMachines.Now;
        var times = Of(
            SomeMachines.Connection(now.AddHours(-30), now.AddHours(-20)),
            SomeMachines.Connection(now.AddHours(-20).AddSeconds(2), now.AddHours(-18)),
            SomeMachines.Connection(now.AddHours(-6), null));

        Assert.That(times.Spans, Is.EqualTo(new[] { (now.AddHours(-24), now.AddHours(-18)), (now.AddHours(-6), now) }));
        Assert.That(times.Percent(times.Spans[0].To), Is.EqualTo(25));
        Assert.That(times.Sentence(SomeMachines.InBerlin), Is.EqualTo("Up from yesterday, 14:38 to yesterday, 20:38 and since 08:38"));
    }

    [Test]
    public void UpTimes_Sentence_TellsTheWholeDay()
    {
        var now = SomeMachines.Now;

        Assert.That(Say(), Is.EqualTo("Down all 24 hours"));
        Assert.That(Say(SomeMachines.Connection(now.AddDays(-2), null)), Is.EqualTo("Up all 24 hours"));
        Assert.That(
            Say(SomeMachines.Connection(now.AddDays(-2), now.AddHours(-20))),
            Is.EqualTo("Up from yesterday, 14:38 to yesterday, 18:38, down since"));
        Assert.That(
            Say([.. Enumerable.Range(1, 5).Select(hour => SomeMachines.Connection(now.AddHours(-2 * hour), now.AddHours(1 - (2 * hour))))]),
            Is.EqualTo("Up 5 h of 24 hours, in 5 stretches; down now"));
    }

    [Test]
    public void Farewell_TellsHowItWent()
    {
        string? Say(ConnectionEnding ending) => MachineWords.Farewell(SomeMachines.Offline("studio", SomeMachines.Now, ending));

        Assert.That(Say(ConnectionEnding.Goodbye), Does.StartWith("said goodbye"));
        Assert.That(Say(ConnectionEnding.Lost), Is.EqualTo("lost without a goodbye: asleep or off the network?"));
    }

    private static string Say(params MachineConnection[] connections) => Of(connections).Sentence(SomeMachines.InBerlin);

    private static UpTimes Of(params MachineConnection[] connections) =>
        UpTimes.Of(SomeMachines.Offline("studio") with { LastDay = connections }, SomeMachines.Now);

    private static Machine Old(Machine machine) => Versioned(machine, "0.0.1");

    private static Machine Versioned(Machine machine, string version) =>
        machine with { Online = [machine.Online[0] with { Version = version }] };
}
