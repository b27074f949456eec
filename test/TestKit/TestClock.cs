using Microsoft.Extensions.Time.Testing;

namespace Polydev.TestKit;

/// <summary>
/// A <see cref="FakeTimeProvider"/> whose timers may be set anew by one thread while another disposes them, as the system's may: a
/// <see cref="CancellationTokenSource"/> whose time is over does that beside a <c>CancelAfter</c>. The library's own timer then leaves one
/// behind without a callback, and every later <c>Advance</c> fails on it, or does nothing (10.11.0).
/// </summary>
public sealed class TestClock : FakeTimeProvider
{
    public TestClock()
    {
    }

    public TestClock(DateTimeOffset start)
        : base(start)
    {
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(base.CreateTimer(callback, state, dueTime, period));

    // Whoever runs callbacks holds no lock of another timer for long: a thread that finds the clock at work goes on at once.
    private sealed class Timer(ITimer timer) : ITimer
    {
        private readonly Lock _changing = new();
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_changing)
            {
                return !_isDisposed && timer.Change(dueTime, period);
            }
        }

        public void Dispose()
        {
            lock (_changing)
            {
                _isDisposed = true;
                timer.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
