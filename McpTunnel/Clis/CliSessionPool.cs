using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis.Sessions;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Warm, unused CLI sessions: a call takes one, and the pool starts the next in the background. Where none is ready, one is started for the
/// call, which takes the first that becomes free, that one or another. Nothing is started before the first call, and after the idle time
/// everything is ended again. Of the keys, the most recent few are kept warm. At rest there wait, for each key,
/// <see cref="CliSessionPoolOptions.Warm"/> sessions of a single-use CLI, and at most one more of a CLI whose processes serve again; never
/// more than that. With none wanted, nothing waits at all.
/// </summary>
internal sealed class CliSessionPool<TSession>(
    Func<CliSessionKey, CancellationToken, Task<TSession>> start, CliSessionPoolOptions options, StartGate starts, TimeProvider time,
    ILogger logger)
    : IAsyncDisposable
    where TSession : class, ICliSession
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CliSessionKey, Queue<TSession>> _warm = [];
    private readonly Dictionary<CliSessionKey, int> _starting = [];
    private readonly List<CliSessionKey> _recent = [];
    private readonly WaitingCalls<TSession> _line = new();
    private readonly HashSet<Task> _background = [];
    private readonly HashSet<TSession> _live = [];
    private readonly CancellationTokenSource _stopping = new();
    private ITimer? _idle;

    // Replaced when all are killed; what still starts then is of yesterday.
    private Era _era = new();

    /// <summary>A session that nobody has used; the caller owes it to <see cref="Return"/>.</summary>
    public async Task<TSession> TakeAsync(CliSessionKey key, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        RestartIdleTimer();
        var session = await WaitAsync(key, cancellationToken);
        Refill(key);
        return session;
    }

    /// <summary>Gives a session back: one that can serve again waits for the next call, the others end in the background.</summary>
    public void Return(CliSessionKey key, TSession session)
    {
        RestartIdleTimer();
        if (session is { IsAlive: true, CanServeAgain: true } && TryPlace(key, session))
        {
            return;
        }

        End(session);
    }

    /// <summary>Kills all at once: those that wait, serve, start or are just ending. Their calls fail for this reason.</summary>
    public void Kill(CliFailureException reason)
    {
        lock (_lock)
        {
            var past = _era;
            past.EndedFor = reason;
            _era = new Era();
            foreach (var session in _live)
            {
                session.Kill(reason);
            }

            EndWarm();
            InBackground(past.Over.CancelAsync);
        }
    }

    /// <summary>Ends all that wait. What is in use ends when it is given back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_idle is not null)
        {
            await _idle.DisposeAsync();
        }

        EndWarm();
        Task[] left;
        while ((left = Background()).Length > 0)
        {
            await Task.WhenAll(left);
        }
    }

    private async Task<TSession> WaitAsync(CliSessionKey key, CancellationToken cancellationToken)
    {
        WaitingCall<TSession> call;
        Era era;
        lock (_lock)
        {
            if (TakeWarm(key) is { } session)
            {
                return session;
            }

            (call, era) = (_line.Add(key), _era);
        }

        await using var givesUp = cancellationToken.Register(() => _line.GiveUp(call, cancellationToken));
        InBackground(() => StartForAsync(call, era));
        return await call.Answer.Task;
    }

    private async Task StartForAsync(WaitingCall<TSession> call, Era era)
    {
        try
        {
            var (turn, session) = await StartAsync(call.Key, era, isWaitedFor: true, call.Left.Token, call.GaveUp.Token);
            using (turn)
            {
                if (!TryPlace(call.Key, session))
                {
                    End(session);
                }
            }
        }
        catch (Exception e)
        {
            if (!_line.TryFail(call, e) && e is not OperationCanceledException)
            {
                CliLog.WarmUpFailed(logger, e);
            }
        }
    }

    // To the call that has waited the longest; else it waits itself, where there is room.
    private bool TryPlace(CliSessionKey key, TSession session)
    {
        lock (_lock)
        {
            return _line.TryServe(key, session) || TryKeep(key, session);
        }
    }

    /// <param name="entering">Ends the wait for the gate alone. The pool's own end ends both.</param>
    /// <returns>Its turn at the gate too: who it is for is settled before the next begins, which may be needed no more.</returns>
    private async Task<(IDisposable Turn, TSession Session)> StartAsync(
        CliSessionKey key, Era era, bool isWaitedFor, CancellationToken entering, CancellationToken starting)
    {
        using var noEntry = CancellationTokenSource.CreateLinkedTokenSource(entering, era.Over.Token, _stopping.Token);
        using var noStart = CancellationTokenSource.CreateLinkedTokenSource(starting, era.Over.Token, _stopping.Token);
        IDisposable? turn = null;
        try
        {
            turn = await starts.EnterAsync(isWaitedFor, noEntry.Token);
            var session = await start(key, noStart.Token);
            ThrowIfOver(era, session);
            return (turn, session);
        }
        catch (Exception e)
        {
            turn?.Dispose();
            if (e is OperationCanceledException && era.EndedFor is { } reason && !starting.IsCancellationRequested)
            {
                throw reason;
            }

            throw;
        }
    }

    private void ThrowIfOver(Era era, TSession session)
    {
        lock (_lock)
        {
            _live.Add(session);
            if (era.EndedFor is null)
            {
                return;
            }
        }

        session.Kill(era.EndedFor);
        End(session);
        throw era.EndedFor;
    }

    // Under the lock.
    private TSession? TakeWarm(CliSessionKey key)
    {
        while (_warm.TryGetValue(key, out var waiting) && waiting.TryDequeue(out var session))
        {
            if (session.IsAlive)
            {
                return session;
            }

            End(session);
        }

        return null;
    }

    private void Refill(CliSessionKey key)
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested || !key.IsWarmed)
            {
                return;
            }

            EndOthers(key);
            var ready = _warm.GetValueOrDefault(key)?.Count ?? 0;
            var missing = options.Warm - ready - _starting.GetValueOrDefault(key);
            var era = _era;
            for (; missing > 0; missing--)
            {
                _starting[key] = _starting.GetValueOrDefault(key) + 1;
                InBackground(() => WarmUpAsync(key, era));
            }
        }
    }

    // A caller names the model: without a bound, each name would leave a process behind. What an earlier login, program or setting
    // started serves nobody any more.
    private void EndOthers(CliSessionKey key)
    {
        _recent.Remove(key);
        _recent.Add(key);
        var tooMany = _recent.Count - options.WarmKeys;
        foreach (var other in _recent.Where((other, index) => other.Stamp != key.Stamp || index < tooMany).ToList())
        {
            _recent.Remove(other);
            if (!_warm.Remove(other, out var waiting))
            {
                continue;
            }

            foreach (var session in waiting)
            {
                End(session);
            }
        }
    }

    private async Task WarmUpAsync(CliSessionKey key, Era era)
    {
        TSession? session = null;
        IDisposable? turn = null;
        try
        {
            (turn, session) = await StartAsync(key, era, isWaitedFor: false, CancellationToken.None, CancellationToken.None);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The pool is closing.
        }
        catch (Exception e)
        {
            // The next call starts its own session and gets the error itself.
            CliLog.WarmUpFailed(logger, e);
        }

        lock (_lock)
        {
            if (--_starting[key] == 0)
            {
                _starting.Remove(key);
            }

            if (session is not null && _line.TryServe(key, session))
            {
                session = null;
            }
            else if (session is not null && TryKeep(key, session))
            {
                session = null;
                CliLog.SessionWaits(logger);
            }
        }

        turn?.Dispose();
        if (session is not null)
        {
            await DisposeAsync(session);
        }
    }

    private bool TryKeep(CliSessionKey key, TSession session)
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested || options.Warm == 0 || !_recent.Contains(key))
            {
                return false;
            }

            if (!_warm.TryGetValue(key, out var waiting))
            {
                _warm[key] = waiting = [];
            }

            // One more than is started ahead: a used process and the fresh one that was started meanwhile wait side by side, whichever
            // comes first. Did the one drive out the other, each call would start a process for nothing.
            if (waiting.Count > options.Warm)
            {
                return false;
            }

            waiting.Enqueue(session);
            return true;
        }
    }

    private void RestartIdleTimer()
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _idle ??= time.CreateTimer(_ => EndWarm(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _idle.Change(options.IdleTime, Timeout.InfiniteTimeSpan);
        }
    }

    private void EndWarm()
    {
        lock (_lock)
        {
            foreach (var session in _warm.Values.SelectMany(waiting => waiting))
            {
                End(session);
            }

            _warm.Clear();
            _recent.Clear();
        }
    }

    private void End(TSession session) => InBackground(() => DisposeAsync(session));

    private async Task DisposeAsync(TSession session)
    {
        try
        {
            await session.DisposeAsync();
        }
        finally
        {
            lock (_lock)
            {
                _live.Remove(session);
            }
        }
    }

    // Kept until they end, so that disposing the pool can wait for them.
    private void InBackground(Func<Task> work)
    {
        lock (_lock)
        {
            _background.RemoveWhere(task => task.IsCompleted);
            _background.Add(Task.Run(() => LogFailureAsync(work)));
        }
    }

    private async Task LogFailureAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            CliLog.EndingFailed(logger, e);
        }
    }

    private Task[] Background()
    {
        lock (_lock)
        {
            return [.. _background.Where(task => !task.IsCompleted)];
        }
    }

    /// <summary>The time from one broken lock to the next.</summary>
    private sealed class Era
    {
        public CancellationTokenSource Over { get; } = new();

        /// <summary>Null while it lasts. Set under the pool's lock.</summary>
        public CliFailureException? EndedFor { get; set; }
    }
}
