using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Doctor;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Doctor;

public sealed class DoctorRunTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Run_OneHangs_CostsItsOwnLineAlone()
    {
        var time = new EndedTimers();
        var hangs = new FakeCheck("hangs", () => new TaskCompletionSource<CheckResult>().Task);
        var running = new DoctorRun([new FakeCheck("a", CheckResult.Ok("fine")), hangs], time).RunAsync(CancellationToken.None);
        await time.FirstAsync();

        time.Advance(DoctorRun.Limit);

        var lines = await running.DefaultTimeout();
        Assert.That(lines.Select(line => line.Name), Is.EqualTo(new[] { "a", "hangs" }));
        Assert.That(lines.Select(line => line.Status), Is.EqualTo(new[] { CheckStatus.Ok, CheckStatus.Failed }));
        Assert.That(lines[1].Detail, Does.Contain("58 s"));
    }

    [Test]
    public async Task Run_OneBreaks_SaysSo()
    {
        var breaks = new FakeCheck("breaks", () => throw new InvalidDataException("a defect"));

        var lines = await new DoctorRun([breaks, new FakeCheck("b", CheckResult.Ok("fine"))], _time).RunAsync(CancellationToken.None);

        Assert.That((lines[0].Status, lines[0].Detail), Is.EqualTo((CheckStatus.Failed, "This check failed inside: a defect")));
        Assert.That(lines[1].Status, Is.EqualTo(CheckStatus.Ok));
    }

    [Test]
    public async Task Run_WhatOthersHaveSaid_IsPlainAndShort()
    {
        var odd = new FakeCheck("odd", CheckResult.Failed(RemoteText.Odd, RemoteText.Endless));

        var line = (await new DoctorRun([odd], _time).RunAsync(CancellationToken.None)).Single();

        Assert.That(line.Detail, Is.EqualTo(RemoteText.Plain));
        RemoteText.AssertPlain(line.Remedy!, 2000);
    }

    [TestCase(CheckStatus.Ok, true)]
    [TestCase(CheckStatus.Warning, true)]
    [TestCase(CheckStatus.Failed, false)]
    [TestCase(CheckStatus.Skipped, false)]
    public void CanAnswer_WhatACallPassesThrough_HasToBeWell(object status, bool answers)
    {
        var report = Report((CheckStatus)status, isVital: true, "claude");

        Assert.That(report.CanAnswer, Is.EqualTo(answers));
        Assert.That(
            DoctorText.Of(report, withColour: false),
            Does.EndWith(answers ? "A call could be answered by claude." : "No call could be answered by a CLI: see one."));
    }

    [Test]
    public void CanAnswer_WhatIsNotVital_DoesNotCount() =>
        Assert.That(Report(CheckStatus.Failed, isVital: false, "codex").CanAnswer, Is.True);

    [Test]
    public void CanAnswer_WithoutACli_IsFalse()
    {
        var report = Report(CheckStatus.Ok, isVital: true);

        Assert.That(report.CanAnswer, Is.False);
        Assert.That(DoctorText.Of(report, withColour: false), Does.EndWith("none is ready."));
    }

    [Test]
    public void Text_OfACheck_HasItsRemedyBelow()
    {
        var text = DoctorText.Of(Report(CheckStatus.Failed, isVital: true, "claude"), withColour: false);

        Assert.That(text, Does.StartWith("failed  one                what is wrong\n                           -> mend it\n"));
        Assert.That(text, Does.Not.Contain('\e'));
        Assert.That(DoctorText.Of(Report(CheckStatus.Failed, true, "claude"), withColour: true), Does.StartWith("\e[31mfailed \e[0m one"));
    }

    [Test]
    public void Json_OfAReport_IsForPrograms()
    {
        using var json = JsonDocument.Parse(
            JsonSerializer.Serialize(Report(CheckStatus.Skipped, isVital: true, "claude"), DoctorJson.Default.DoctorReport));
        var (root, check) = (json.RootElement, json.RootElement.GetProperty("checks")[0]);

        Assert.That(root.GetProperty("can_answer").GetBoolean(), Is.False);
        Assert.That(root.GetProperty("answered_by")[0].GetString(), Is.EqualTo("claude"));
        Assert.That(root.GetProperty("blocking")[0].GetString(), Is.EqualTo("one"));
        Assert.That(
            check.EnumerateObject().Select(member => $"{member.Name}={member.Value}"),
            Is.EqualTo(new[] { "name=one", "status=skipped", "detail=what is wrong", "remedy=mend it" }));
    }

    private static DoctorReport Report(CheckStatus status, bool isVital, params string[] clis) =>
        new([new CheckLine("one", status, "what is wrong", "mend it") { IsVital = isVital }]) { AnsweredBy = clis };

    private sealed class FakeCheck(string name, Func<Task<CheckResult>> run) : IDoctorCheck
    {
        public FakeCheck(string name, CheckResult result)
            : this(name, () => Task.FromResult(result))
        {
        }

        public string Name => name;

        public Task<CheckResult> RunAsync(CancellationToken cancellationToken) => run();
    }

    /// <summary>Tells when a check has been answered: the timer that limits it is then ended.</summary>
    private sealed class EndedTimers : FakeTimeProvider
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task FirstAsync() => _first.Task.DefaultTimeout();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(base.CreateTimer(callback, state, dueTime, period), _first);

        private sealed class Timer(ITimer timer, TaskCompletionSource ended) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

            public void Dispose()
            {
                timer.Dispose();
                ended.TrySetResult();
            }

            public async ValueTask DisposeAsync()
            {
                await timer.DisposeAsync();
                ended.TrySetResult();
            }
        }
    }
}
