namespace Polydev.TestKit.Tests;

internal sealed class TestClockTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    [Test]
    public void Timers_SetAnewUntilAnotherThreadDisposesThem_LeaveNothingBehind()
    {
        var clock = new TestClock();
        for (var round = 0; round < 500; round++)
        {
            var timer = clock.CreateTimer(static _ => { }, null, Soon, Timeout.InfiniteTimeSpan);
            using var begun = new ManualResetEventSlim();
            var setting = new Thread(() =>
            {
                begun.Set();
                while (timer.Change(Soon, Timeout.InfiniteTimeSpan))
                {
                }
            });
            setting.Start();
            begun.Wait();
            timer.Dispose();
            setting.Join();
        }

        Assert.That(() => clock.Advance(2 * Soon), Throws.Nothing);
    }

    [Test]
    public void Timer_ThatIsDisposed_CannotBeSetAnew()
    {
        var clock = new TestClock();
        var fired = 0;
        var timer = clock.CreateTimer(_ => fired++, null, Soon, Timeout.InfiniteTimeSpan);

        timer.Dispose();

        Assert.That(timer.Change(Soon, Timeout.InfiniteTimeSpan), Is.False);
        clock.Advance(2 * Soon);
        Assert.That(fired, Is.Zero);
    }

    [Test]
    public void Timer_ThatIsDue_Fires()
    {
        var clock = new TestClock();
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, Soon, Soon);

        clock.Advance(3 * Soon);

        Assert.That(fired, Is.EqualTo(3));
    }
}
