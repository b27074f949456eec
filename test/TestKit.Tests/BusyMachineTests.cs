namespace Polydev.TestKit.Tests;

[Platform("Linux")]
public sealed class BusyMachineTests
{
    [Test]
    public async Task Within_DoneInTime_GivesItsResult() =>
        Assert.That(await Task.FromResult(7).Within(TimeSpan.FromSeconds(1)), Is.EqualTo(7));

    [Test]
    public void Within_Failed_ThrowsWhatFailed() =>
        Assert.ThrowsAsync<IOException>(() => Task.FromException(new IOException()).Within(TimeSpan.FromSeconds(1)));

    [Test]
    public async Task Within_NeverDone_FailsAndSaysWhere()
    {
        var failure = await Failures.OfAsync(() => new TaskCompletionSource().Task.Within(TimeSpan.FromMilliseconds(20)));

        Assert.That(failure, Does.Contain("BusyMachineTests.cs").And.Contain("within 0 s"));
    }
}
