using System.Threading.Channels;
using Polydev.Broker.Diagnostics;

namespace Polydev.Broker.Calls;

/// <summary>
/// Writes calls behind their end: they wait in a queue, and one writer takes them from there. Where the database is slower than they come,
/// or not there, calls go unrecorded, which is counted; none waits for it.
/// </summary>
internal sealed class CallRecorder(IUsageStore store, BrokerMetrics metrics, TimeProvider time, ILogger<CallRecorder> logger)
    : BackgroundService
{
    public const int QueueSize = 4096;

    /// <summary>Of one transaction: SQLite takes some 8 ms for it, and others who write wait for its end.</summary>
    public const int BatchSize = 512;

    /// <summary>How long a call waits for others, so that one transaction takes them all.</summary>
    public static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan TellEach = TimeSpan.FromMinutes(1);

    // Some 10 s in all: what the restart of a database takes.
    private static readonly TimeSpan[] Pauses =
        [.. new[] { 100, 200, 400, 800, 1600, 3200, 3200 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];

    private readonly Channel<RecordedCall> _calls = Channel.CreateBounded<RecordedCall>(
        new BoundedChannelOptions(QueueSize) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly CancellationTokenSource _givingUp = new();
    private long _dropped;
    private long _toldAt = time.GetTimestamp() - (long)(TellEach.TotalSeconds * time.TimestampFrequency);

    /// <summary>Never waits and never throws.</summary>
    public void Record(RecordedCall call)
    {
        if (!_calls.Writer.TryWrite(call))
        {
            Drop();
        }
    }

    /// <summary>Writes what it has, until the token cuts that short. From now on nothing is taken.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _calls.Writer.TryComplete();
        await using (cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _givingUp))
        {
            await base.StopAsync(cancellationToken);
            if (ExecuteTask is { IsCanceled: true })
            {
                // A stop close behind the start: the writer was called off before its first step.
                await ExecuteAsync(new CancellationToken(canceled: true));
            }
        }
    }

    public override void Dispose()
    {
        _calls.Writer.TryComplete();
        base.Dispose();
        _givingUp.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<RecordedCall>(BatchSize);
        while (await _calls.Reader.WaitToReadAsync(CancellationToken.None))
        {
            if (_calls.Reader.Count < BatchSize)
            {
                await PauseAsync(Gathering, stoppingToken);
            }

            do
            {
                Take(batch);
                await WriteAsync(batch, stoppingToken);
            }
            while (_calls.Reader.Count >= BatchSize);
        }

        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            UsageLog.NotQueued(logger, dropped);
        }
    }

    private void Take(List<RecordedCall> batch)
    {
        batch.Clear();
        while (batch.Count < BatchSize && _calls.Reader.TryRead(out var call))
        {
            batch.Add(call);
        }
    }

    private async Task WriteAsync(List<RecordedCall> batch, CancellationToken stoppingToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await store.AddAsync(batch, _givingUp.Token);
                return;
            }
            catch (Exception e) when (stoppingToken.IsCancellationRequested)
            {
                // A broker that stops waits for no database: nothing more is taken, and what is left goes with this batch.
                GiveUp(e, batch.Count + Discard(), attempt);
                return;
            }
            catch (Exception e) when (attempt > Pauses.Length)
            {
                GiveUp(e, batch.Count, attempt);
                return;
            }
            catch (Exception)
            {
                // It is told of where the last attempt fails too.
                await PauseAsync(Pauses[attempt - 1], stoppingToken);
            }
        }
    }

    private int Discard()
    {
        var left = 0;
        while (_calls.Reader.TryRead(out _))
        {
            left++;
        }

        return left;
    }

    private void GiveUp(Exception reason, int calls, int attempts)
    {
        metrics.NotRecorded(calls, "database");
        UsageLog.NotWritten(logger, reason, calls, attempts);
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stoppingToken) =>
        await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Drop()
    {
        metrics.NotRecorded(1, "queue");
        Interlocked.Increment(ref _dropped);
        var last = Volatile.Read(ref _toldAt);
        if (time.GetElapsedTime(last) >= TellEach && Interlocked.CompareExchange(ref _toldAt, time.GetTimestamp(), last) == last)
        {
            UsageLog.NotQueued(logger, Interlocked.Exchange(ref _dropped, 0));
        }
    }
}
