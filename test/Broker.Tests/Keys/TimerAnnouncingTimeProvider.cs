using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Polydev.Broker.Tests.Keys;

/// <summary>Says when somebody has begun to wait, so that a test moves the clock only then.</summary>
internal sealed class TimerAnnouncingTimeProvider : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateBounded<TimeSpan>(100);

    public ChannelReader<TimeSpan> Timers => _timers.Reader;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }
}
