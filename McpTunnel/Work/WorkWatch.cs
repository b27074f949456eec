namespace Polydev.McpTunnel.Work;

/// <summary>
/// Ends an item that nobody else would: one of this process's own, which no broker watches over. Otherwise a CLI that hangs would keep a
/// place for ever.
/// </summary>
internal sealed class WorkWatch : IAsyncDisposable
{
    /// <summary>The broker's own limits.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(120);

    public static readonly TimeSpan Total = TimeSpan.FromMinutes(30);

    private readonly ITimer _silence;
    private readonly ITimer _total;

    public WorkWatch(WorkCancellation work, TimeProvider time)
    {
        _silence = time.CreateTimer(
            _ => work.TimeOut($"The CLI said nothing for {Silence.TotalSeconds:0} seconds, and its turn was ended."),
            null,
            Silence,
            Timeout.InfiniteTimeSpan);
        _total = time.CreateTimer(
            _ => work.TimeOut($"The answer took more than {Total.TotalMinutes:0} minutes, and its turn was ended."),
            null,
            Total,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>The item has said something.</summary>
    public void Heard() => _silence.Change(Silence, Timeout.InfiniteTimeSpan);

    public async ValueTask DisposeAsync()
    {
        await _silence.DisposeAsync();
        await _total.DisposeAsync();
    }
}
