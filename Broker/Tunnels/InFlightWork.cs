using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;
using Polydev.Protos.V1;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tunnels;

/// <summary>
/// One item that a tunnel works on, held by its account: a connection only carries it. Events go in from the connection's read loop, which
/// never waits, and come out to one reader. The credit bounds what lies between, in events and in bytes. Silence for the time limit ends
/// it, but not while the reader still has events to take.
/// </summary>
internal sealed class InFlightWork : IValueTaskSource<bool>, IAsyncDisposable
{
    /// <summary>
    /// What may lie here for a tunnel that does not count bytes. Far more than such a tunnel's CLI says ahead of a caller who reads at all.
    /// </summary>
    public const int MostUncounted = 16 * TunnelProtocol.ByteWindow;

    private readonly TunnelAccount _account;
    private readonly TimeSpan _silence;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Queue<(WorkEvent Event, int Bytes)> _events = new();
    private readonly WorkEventGrammar _grammar = new();

    // One reader waits at a time, so that one waiter serves them all, without an allocation for each wait.
    private ManualResetValueTaskSourceCore<bool> _ready = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _leaving;
    private CancellationToken _left;
    private bool _isAwaited;
    private bool _isComplete;
    private ulong _taken;
    private ulong _granted;
    private long _acceptedBytes;
    private long _takenBytes;
    private long _grantedBytes;
    private long _lastHeard;

    public InFlightWork(string workId, TunnelSession carrier, TunnelAccount account, TimeSpan silence, TimeProvider time)
    {
        WorkId = workId;
        Carrier = carrier;
        _account = account;
        _silence = silence;
        _time = time;
        _lastHeard = time.GetTimestamp();
        _timer = time.CreateTimer(static work => ((InFlightWork)work!).OnTimer(), this, silence, Timeout.InfiniteTimeSpan);
    }

    public string WorkId { get; }

    /// <summary>The connection that carries it.</summary>
    public TunnelSession Carrier { get; }

    /// <summary>Nothing more comes: the last event is there, or the reader has gone.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock)
            {
                return _isComplete;
            }
        }
    }

    /// <summary>Takes an event from the tunnel; the reader learns of it by <see cref="Signal"/>. An illegal one ends the work.</summary>
    public void Accept(WorkEvent next)
    {
        lock (_lock)
        {
            if (_isComplete)
            {
                // It came too late: the work has failed on this side, and its Cancel is on the way.
                return;
            }

            var bytes = next.CalculateSize();
            if ((Excess(next, bytes) ?? _grammar.Check(next)) is { } wrong)
            {
                Complete(FailureKind.TunnelFailed, $"The tunnel broke the protocol: {wrong}. Update polydev-mcp on that machine.");
                Carrier.Cancel(WorkId);
                return;
            }

            if (next.Failed is { } failed)
            {
                failed.Message = WireText.Cut(failed.Message, TunnelProtocol.MaxFailureChars);
            }

            _acceptedBytes += bytes;
            _events.Enqueue((next, bytes));
            _isComplete = _grammar.IsOver;
            _lastHeard = _time.GetTimestamp();
        }
    }

    /// <summary>Wakes the reader. Apart from <see cref="Accept"/>, so that events which came together wake it once.</summary>
    public void Signal()
    {
        lock (_lock)
        {
            if (_isAwaited && (_events.Count > 0 || _isComplete))
            {
                _isAwaited = false;
                _ready.SetResult(_events.Count > 0);
            }
        }
    }

    /// <summary>Ends the work from this side. Does nothing once it is over.</summary>
    public void Fail(FailureKind kind, string message)
    {
        lock (_lock)
        {
            if (!_isComplete)
            {
                Complete(kind, message);
            }
        }

        Signal();
    }

    /// <summary>The tunnel has taken a part of the item: a long upload is no silence.</summary>
    public void Touch() => Volatile.Write(ref _lastHeard, _time.GetTimestamp());

    /// <summary>True once an event can be read, false when the last has been taken. One wait at a time.</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_events.Count > 0 || _isComplete)
            {
                return new ValueTask<bool>(_events.Count > 0);
            }

            cancellationToken.ThrowIfCancellationRequested();
            _ready.Reset();
            _isAwaited = true;
            _left = cancellationToken;
        }

        // Outside the lock: a token that has fired meanwhile calls back at once.
        _leaving = cancellationToken.UnsafeRegister(static (work, token) => ((InFlightWork)work!).OnLeft(token), this);
        return new ValueTask<bool>(this, _ready.Version);
    }

    public bool TryRead([NotNullWhen(true)] out WorkEvent? next)
    {
        lock (_lock)
        {
            if (!_events.TryDequeue(out var first))
            {
                next = null;
                return false;
            }

            next = first.Event;

            if (_events.Count == 0)
            {
                // From here on it is the tunnel that is waited for, not the reader.
                _lastHeard = _time.GetTimestamp();
            }

            _taken = Math.Max(_taken, next.Sequence);
            _takenBytes += first.Bytes;
            var isDue = _taken - _granted >= TunnelProtocol.CreditWindow / 2
                || _takenBytes - _grantedBytes >= TunnelProtocol.ByteWindow / 2;
            if (isDue && !_isComplete)
            {
                Carrier.Grant(WorkId, _taken, (uint)(_taken - _granted), _takenBytes);
                _granted = _taken;
                _grantedBytes = _takenBytes;
            }
        }

        return true;
    }

    /// <summary>The reader has gone, or is done. Work that the tunnel has not ended is cancelled there.</summary>
    public async ValueTask DisposeAsync()
    {
        _account.Remove(this);
        lock (_lock)
        {
            if (!_grammar.IsOver)
            {
                Carrier.Cancel(WorkId);
            }

            _isComplete = true;
        }

        // From here on nobody sets it anew.
        await _timer.DisposeAsync();
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        // Each wait leaves its token: a long stream would gather registrations, and a late one would cancel a wait that is not its own.
        _leaving.Dispose();
        return _ready.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _ready.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _ready.OnCompleted(continuation, state, token, flags);

    // What is wrong with the size of an event, or with how much lies before it. The last word needs no credit: a tunnel that goes must be
    // able to say so.
    private string? Excess(WorkEvent next, int bytes) => next switch
    {
        _ when bytes > TunnelProtocol.MaxEventBytes => "an event that is too large",
        _ when next.IsFinal() => null,
        _ when next.Sequence > _granted + TunnelProtocol.CreditWindow => "more events than the credit allows",
        _ when Carrier.CountsBytes && _acceptedBytes - _grantedBytes >= TunnelProtocol.ByteWindow => "more bytes than the credit allows",
        _ when _acceptedBytes - _takenBytes >= MostUncounted => "more bytes than its caller takes",
        _ => null,
    };

    private void Complete(FailureKind kind, string message)
    {
        var failure = WorkEvents.Failed(kind, message);
        failure.WorkId = WorkId;
        _events.Enqueue((failure, 0));
        _isComplete = true;
    }

    private void OnLeft(CancellationToken token)
    {
        lock (_lock)
        {
            // A callback of an earlier wait may come late.
            if (_isAwaited && token == _left)
            {
                _isAwaited = false;
                _ready.SetException(new OperationCanceledException(token));
            }
        }
    }

    // The timer is not set anew for each event, which would cost more than the event: it looks when the last one came.
    private void OnTimer()
    {
        lock (_lock)
        {
            if (_isComplete)
            {
                return;
            }

            // With events still to be taken it is the caller who is slow.
            var left = _events.Count > 0 ? _silence : _silence - _time.GetElapsedTime(Volatile.Read(ref _lastHeard));
            if (left > TimeSpan.Zero)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Fail(
            FailureKind.TimedOut,
            $"Request timed out: the CLI said nothing for {_silence.TotalSeconds:0} seconds, and its turn was ended. "
            + "Try again, or ask for less.");
    }
}
