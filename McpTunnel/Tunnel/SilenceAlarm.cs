namespace Polydev.McpTunnel.Tunnel;

/// <summary>Goes off once the peer has sent nothing for the limit.</summary>
internal sealed class SilenceAlarm : IAsyncDisposable
{
    private readonly ITimer _timer;
    private long _limit;
    private volatile bool _hasRung;

    public SilenceAlarm(TimeSpan limit, TimeProvider time, Action ring)
    {
        _limit = limit.Ticks;
        _timer = time.CreateTimer(
            _ =>
            {
                _hasRung = true;
                ring();
            },
            null,
            limit,
            Timeout.InfiniteTimeSpan);
    }

    public bool HasRung => _hasRung;

    public TimeSpan Limit
    {
        get => new(Interlocked.Read(ref _limit));
        set => Interlocked.Exchange(ref _limit, value.Ticks);
    }

    public void Heard() => _timer.Change(Limit, Timeout.InfiniteTimeSpan);

    /// <summary>Returns once it no longer rings.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
