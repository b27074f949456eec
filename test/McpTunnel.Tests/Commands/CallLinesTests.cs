using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Commands;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Tests.Commands;

public sealed class CallLinesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _written = [];
    private RunningCalls _calls = null!;
    private CallLines _lines = null!;

    [SetUp]
    public void SetUp()
    {
        _written.Clear();
        _calls = new RunningCalls(_time);
        _lines = new CallLines((_, line) => _written.Add(line), _time);
        _calls.Ended += _lines.Note;
    }

    [TearDown]
    public void TearDown() => _lines.Dispose();

    [Test]
    public void Note_FewCalls_AreALineEach()
    {
        EndCalls(3);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.That(_written, Is.EqualTo(Enumerable.Repeat("call echo polydev-echo answered 0.0s", 3)));
    }

    [Test]
    public void Note_ABusySecond_CountsThoseBeyondTen()
    {
        EndCalls(CallLines.LinesPerSecond + 29);
        EndCalls(1, WorkEvents.Failed(FailureKind.Busy, "x"));
        Assert.That(_written, Has.Count.EqualTo(CallLines.LinesPerSecond));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(_written, Has.Count.EqualTo(CallLines.LinesPerSecond + 1));
        Assert.That(_written[^1], Is.EqualTo("calls 30 more: 29 answered, 1 failed"));
    }

    [Test]
    public void Note_SecondAfterABusyOne_HasTenLinesWithItsCount()
    {
        EndCalls(CallLines.LinesPerSecond + 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        _written.Clear();

        EndCalls(CallLines.LinesPerSecond);
        Assert.That(_written, Has.Count.EqualTo(CallLines.LinesPerSecond - 1), "The count of the second before was its tenth.");

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_written[^1], Is.EqualTo("calls 1 more: 1 answered, 0 failed"));
    }

    [Test]
    public void Note_AfterAQuietSecond_AreLinesAgain()
    {
        EndCalls(CallLines.LinesPerSecond);
        _time.Advance(TimeSpan.FromSeconds(1));
        _written.Clear();

        EndCalls(2);

        Assert.That(_written, Has.Count.EqualTo(2));
    }

    [Test]
    public void Note_ACallersOddModel_IsOnePlainLine()
    {
        using (_calls.Begin(new WorkItem { WorkId = "w", Provider = "echo", Model = RemoteText.Odd }))
        {
        }

        using (_calls.Begin(new WorkItem { WorkId = "w", Provider = "echo", Model = RemoteText.Endless }))
        {
        }

        Assert.That(_written[0], Is.EqualTo($"call echo {RemoteText.Plain} left by its caller 0.0s"));
        RemoteText.AssertPlain(_written[1], 300);
    }

    private void EndCalls(int count, WorkEvent? final = null)
    {
        for (var i = 0; i < count; i++)
        {
            using var call = _calls.Begin(new WorkItem { WorkId = $"{i}", Provider = "echo", Model = "polydev-echo" });
            call.Saw(final ?? WorkEvents.Finished(StopReason.EndTurn));
        }
    }
}
