using Polydev.McpTunnel.Commands;
using Polydev.McpTunnel.Status;

namespace Polydev.McpTunnel.Tests.Commands;

public sealed class LiveScreenTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Lines_Online_TellStateClisAndCalls()
    {
        var claude = new CliReport("claude", "ready", "2.1", ["opus", "sonnet"], null) { InUse = 1 };
        var report = Report([claude], [new CallReport("claude", "opus", 1.25)], []);

        var lines = LiveScreen.Lines(report, Now, 120);

        Assert.That(lines, Has.Some.Contains("online for 1 min 5 s").And.Some.Contains("1 call   opus, sonnet"));
        Assert.That(lines, Has.Some.EqualTo("Calls: 1 of 8 places in use, 3 waiting, 4 answered, 2 failed"));
        Assert.That(lines[0], Is.EqualTo("Polydev tunnel 1 on desk (process 42)"));
    }

    [Test]
    public void Lines_VendorsWindows_HaveALineOfTheirOwn()
    {
        var claude = new CliReport("claude", "ready", "2.1", ["opus"], null) { Windows = [new WindowReport("5 h", 42, null, null)] };

        Assert.That(LiveScreen.Lines(Report([claude], [], []), Now, 120), Has.Some.EqualTo("           5 h 42 %"));
    }

    [Test]
    public void Lines_TextOfOthers_CannotMoveTheCursorNorWrap()
    {
        var report = Report(
            [new CliReport("claude", "unusable", "\e[2J\n1", [], RemoteText.Endless)],
            [new CallReport(RemoteText.Odd, RemoteText.Endless, 1)],
            [RemoteText.Odd, RemoteText.Endless]);

        var lines = LiveScreen.Lines(report, Now, 60);

        Assert.That(lines.SelectMany(line => line).Where(character => char.IsControl(character) || character == '\u202e'), Is.Empty);
        Assert.That(lines.Select(line => line.Length), Is.All.LessThanOrEqualTo(60));
    }

    [Test]
    public void Over_SecondTime_GoesBackUpFirst()
    {
        Assert.That(LiveScreen.Over(["a", "b"], 0), Does.StartWith("\e[2Ka\n"));
        Assert.That(LiveScreen.Over(["a"], 2), Does.StartWith("\e[2A").And.EndWith("\e[0J"));
    }

    private static StatusReport Report(IReadOnlyList<CliReport> clis, IReadOnlyList<CallReport> running, IReadOnlyList<string> missing) =>
        new("1", new TunnelReport("online", Now.AddSeconds(-65), "http://127.0.0.1:5080/", null, 1, 4, 2), clis, running, missing)
        {
            Process = new ProcessReport(42, "desk", Now.AddHours(-1)),
            Slots = new SlotReport(8, running.Count, 3),
        };
}
