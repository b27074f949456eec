using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polydev.Broker.Calls;
using Polydev.Broker.Diagnostics;
using Polydev.Broker.Tests.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Calls;

/// <summary>A recorder with a clock that the test moves, and all that it tells.</summary>
internal sealed class RecorderRig : ILogger<CallRecorder>, IAsyncDisposable
{
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly List<string> _lines = [];

    /// <param name="store">Of the test's own; null: <see cref="Store"/>.</param>
    public RecorderRig(IUsageStore? store = null)
    {
        var factory = _meters.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name == "polydev.calls.not_recorded")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, calls, tags, _) =>
        {
            lock (_lines)
            {
                NotRecorded[(string)tags[0].Value!] = NotRecorded.GetValueOrDefault((string)tags[0].Value!) + calls;
            }
        });
        _listener.Start();
        Recorder = new CallRecorder(store ?? Store, new BrokerMetrics(factory), Time, this);
    }

    public CallRecorder Recorder { get; }

    public TimerAnnouncingTimeProvider Time { get; } = new();

    public WatchedUsageStore Store { get; } = new();

    /// <summary>As the metric has it, by reason.</summary>
    public Dictionary<string, long> NotRecorded { get; } = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public void Record(IEnumerable<RecordedCall> calls)
    {
        foreach (var call in calls)
        {
            Recorder.Record(call);
        }
    }

    /// <summary>The writer has begun to wait; for how long.</summary>
    public Task<TimeSpan> PauseAsync() => Time.Timers.ReadAsync().AsTask().DefaultTimeout();

    /// <summary>Waits until the writer waits, and lets that time pass.</summary>
    public async Task<TimeSpan> PassAsync()
    {
        var pause = await PauseAsync();
        Time.Advance(pause);
        return pause;
    }

    public Task StopAsync() => Recorder.StopAsync(CancellationToken.None).DefaultTimeout();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{eventId.Name}: {formatter(state, exception)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Recorder.Dispose();
        _listener.Dispose();
        await _meters.DisposeAsync();
    }
}

/// <summary>Takes batches, or does not, as the test says.</summary>
internal sealed class WatchedUsageStore : IUsageStore
{
    private readonly Channel<IReadOnlyList<string>> _batches = Channel.CreateUnbounded<IReadOnlyList<string>>();
    private int _attempts;

    /// <summary>Before a batch is taken: what it does is what the database does.</summary>
    public Func<int, CancellationToken, Task> OnAttempt { get; set; } = (_, _) => Task.CompletedTask;

    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>The ids of the next batch that was taken.</summary>
    public Task<IReadOnlyList<string>> NextAsync() => _batches.Reader.ReadAsync().AsTask().DefaultTimeout();

    public bool HasMore => _batches.Reader.TryPeek(out _);

    public Task<CallCounts> CountAsync(CallQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public async Task AddAsync(IReadOnlyCollection<RecordedCall> calls, CancellationToken cancellationToken)
    {
        await OnAttempt(Interlocked.Increment(ref _attempts), cancellationToken);
        await _batches.Writer.WriteAsync([.. calls.Select(call => call.Id)], CancellationToken.None);
    }

    public Task<CallFigures> FiguresAsync(CallQuery query, CancellationToken cancellationToken) => throw Unasked();

    public Task<CallPage> ListAsync(CallQuery query, CancellationToken cancellationToken) => throw Unasked();

    public Task<RecordedCall?> FindAsync(string accountId, string id, CancellationToken cancellationToken) => throw Unasked();

    public Task<IReadOnlyList<UsageOfDay>> DaysAsync(UsageQuery query, CancellationToken cancellationToken) => throw Unasked();

    public Task<IReadOnlyList<UsageOfName>> SumsAsync(UsageQuery query, CancellationToken cancellationToken) => throw Unasked();

    public Task<int> DeleteCallsAsync(DateTimeOffset before, int most, CancellationToken cancellationToken) => throw Unasked();

    public Task<int> DeleteTotalsAsync(DateOnly before, int most, CancellationToken cancellationToken) => throw Unasked();

    private static NotSupportedException Unasked() => new("A recorder only adds.");
}
