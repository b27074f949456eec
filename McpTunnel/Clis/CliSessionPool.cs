using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Warm, unused CLI sessions: a call takes one (or starts one when none is ready), and the pool starts the next in the
/// background. Nothing is started before the first call, and after the idle time everything is ended again. Of the keys, the
/// most recent few are kept warm.
/// </summary>
/// <param name="start">Starts a session for a key: the model, where a CLI must be told it at its start; else one and the same text.</param>
internal sealed class CliSessionPool<TSession>(
    Func<string, CancellationToken, Task<TSession>> start, CliSessionPoolOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
    where TSession : class, ICliSession
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<TSession>> _warm = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _starting = new(StringComparer.Ordinal);
    private readonly List<string> _recent = [];
    private readonly HashSet<Task> _background = [];
    private readonly CancellationTokenSource _stopping = new();
    private ITimer? _idle;

    /// <summary>A session that nobody has used; the caller owes it to <see cref="Return"/>.</summary>
    public async Task<TSession> TakeAsync(string key, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        RestartIdleTimer();
        var session = TakeWarm(key) ?? await start(key, cancellationToken);
        Refill(key);
        return session;
    }

    /// <summary>Gives a session back: one that can serve again waits for the next call, the others end in the background.</summary>
    public void Return(string key, TSession session)
    {
        RestartIdleTimer();
        if (session is { IsAlive: true, CanServeAgain: true } && TryKeep(key, session, options.Warm + 1))
        {
            return;
        }

        End(session);
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

    private TSession? TakeWarm(string key)
    {
        while (true)
        {
            TSession? session;
            lock (_lock)
            {
                if (!_warm.TryGetValue(key, out var waiting) || !waiting.TryDequeue(out session))
                {
                    return null;
                }
            }

            if (session.IsAlive)
            {
                return session;
            }

            End(session);
        }
    }

    private void Refill(string key)
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            EndLeastRecent(key);
            var ready = _warm.GetValueOrDefault(key)?.Count ?? 0;
            var missing = options.Warm - ready - _starting.GetValueOrDefault(key);
            for (; missing > 0; missing--)
            {
                _starting[key] = _starting.GetValueOrDefault(key) + 1;
                InBackground(() => WarmUpAsync(key));
            }
        }
    }

    // A caller names the key, where it is a model: without a bound, each name would leave a process behind.
    private void EndLeastRecent(string key)
    {
        _recent.Remove(key);
        _recent.Add(key);
        if (_recent.Count <= options.WarmKeys)
        {
            return;
        }

        if (_warm.Remove(_recent[0], out var waiting))
        {
            foreach (var session in waiting)
            {
                End(session);
            }
        }

        _recent.RemoveAt(0);
    }

    private async Task WarmUpAsync(string key)
    {
        TSession? session = null;
        try
        {
            session = await start(key, _stopping.Token);
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

            if (session is not null && _recent.Contains(key) && TryKeep(key, session, options.Warm))
            {
                session = null;
                CliLog.SessionWaits(logger);
            }
        }

        if (session is not null)
        {
            await session.DisposeAsync();
        }
    }

    // A used process may wait beside a fresh one: else the fresh one, started meanwhile, would always drive it out.
    private bool TryKeep(string key, TSession session, int most)
    {
        lock (_lock)
        {
            if (!_warm.TryGetValue(key, out var waiting))
            {
                _warm[key] = waiting = [];
            }

            if (_stopping.IsCancellationRequested || waiting.Count >= most)
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

    private void End(TSession session) => InBackground(async () => await session.DisposeAsync());

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
}
