using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Polydev.Broker.Tests.Keys;

/// <summary>Says when somebody has begun to wait, so that a test moves the clock only then.</summary>
internal sealed class TimerAnnouncingTimeProvider : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateBounded<TimeSpan>(100);
    private readonly Channel<TimeSpan> _changes = Channel.CreateBounded<TimeSpan>(1000);

    public ChannelReader<TimeSpan> Timers => _timers.Reader;

    /// <summary>Timers that were there already, set anew.</summary>
    public ChannelReader<TimeSpan> Changes => _changes.Reader;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return new Announcing(timer, _changes.Writer);
    }

    private sealed class Announcing(ITimer timer, ChannelWriter<TimeSpan> changes) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            changes.TryWrite(dueTime);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
