using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Sessions;

internal sealed class StartGateTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task EnterAsync_MoreThanMayStartAtOnce_WaitForOneToBeOver()
    {
        var gate = new StartGate(2, _time);
        var (first, second) = (await EnterAsync(gate), await EnterAsync(gate));
        var (third, fourth) = (EnterAsync(gate), EnterAsync(gate));
        Assert.That((third.IsCompleted, fourth.IsCompleted), Is.EqualTo((false, false)));

        second.Dispose();
        var entered = await third.DefaultTimeout();
        second.Dispose();
        Assert.That(fourth.IsCompleted, Is.False, "a start is over once");

        first.Dispose();
        using (await fourth.DefaultTimeout())
        {
            entered.Dispose();
        }
    }

    [Test]
    public async Task EnterAsync_WaitedFor_GoesBeforeWhatIsStartedAhead()
    {
        var gate = new StartGate(1, _time);
        var first = await EnterAsync(gate);
        var ahead = gate.EnterAsync(isWaitedFor: false, CancellationToken.None);
        var waitedFor = EnterAsync(gate);

        first.Dispose();
        var second = await waitedFor.DefaultTimeout();

        Assert.That(ahead.IsCompleted, Is.False);
        second.Dispose();
        (await ahead.DefaultTimeout()).Dispose();
    }

    [Test]
    public async Task EnterAsync_GivenUp_LeavesItsPlaceToTheNext()
    {
        var gate = new StartGate(1, _time);
        using var cancel = new CancellationTokenSource();
        var first = await EnterAsync(gate);
        var given = gate.EnterAsync(isWaitedFor: true, cancel.Token);
        var next = EnterAsync(gate);

        await cancel.CancelAsync();
        Assert.ThrowsAsync<TaskCanceledException>(() => given.DefaultTimeout());
        Assert.ThrowsAsync<OperationCanceledException>(() => gate.EnterAsync(isWaitedFor: true, cancel.Token));
        Assert.That(next.IsCompleted, Is.False);
        first.Dispose();
        (await next.DefaultTimeout()).Dispose();
    }

    // A CLI that hangs at its start takes no core: the others' calls do not wait for its end.
    [Test]
    public async Task EnterAsync_AStartThatHangs_KeepsNobodyBackForLong()
    {
        var gate = new StartGate(1, _time);
        var hung = await EnterAsync(gate);
        var (second, third) = (EnterAsync(gate), EnterAsync(gate));

        _time.Advance(StartGate.Longest - TimeSpan.FromMilliseconds(1));
        Assert.That(second.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var entered = await second.DefaultTimeout();

        hung.Dispose();
        Assert.That(third.IsCompleted, Is.False, "it had been counted as over");
        entered.Dispose();
        (await third.DefaultTimeout()).Dispose();
    }

    private static Task<IDisposable> EnterAsync(StartGate gate) => gate.EnterAsync(isWaitedFor: true, CancellationToken.None);
}
