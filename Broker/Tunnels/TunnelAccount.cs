using System.Collections.Concurrent;
using System.Collections.Immutable;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tunnels;

/// <summary>One account's live sessions, the work they carry, and the tunnels that were here lately.</summary>
/// <param name="started">When this broker started, as a timestamp: until a little later, every account's tunnels are awaited.</param>
internal sealed class TunnelAccount(string id, TunnelOptions options, long started, TimeProvider time)
{
    // A machine's tunnel process that starts again is another tunnel: without a bound, the memory of the departed would grow.
    private const int MostDeparted = 8;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, InFlightWork> _work = new(StringComparer.Ordinal);
    private ImmutableList<TunnelSession> _sessions = [];
    private ImmutableList<Departed> _departed = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _version;
    private volatile bool _isClosing;

    public string Id { get; } = id;

    public IReadOnlyList<TunnelSession> Sessions => _sessions;

    public int InFlight => _work.Count;

    /// <summary>Adds a session. Of the same tunnel's older ones, one that drains finishes what it has; another gives its place.</summary>
    /// <param name="replaced">The session whose place it takes, to be closed; null where there is none.</param>
    /// <returns>False where the account has as many as it may.</returns>
    public bool TryAdd(TunnelSession session, out TunnelSession? replaced)
    {
        lock (_lock)
        {
            replaced = _sessions.Find(other => other.TunnelId == session.TunnelId && !other.IsDraining);
            if (replaced is null && _sessions.Count(other => !other.IsDraining) >= options.MaxSessions)
            {
                return false;
            }

            _sessions = (replaced is null ? _sessions : _sessions.Remove(replaced)).Add(session);
            _departed = _departed.RemoveAll(left => left.TunnelId == session.TunnelId || left.MachineName == session.MachineName);
            Change();
            return true;
        }
    }

    /// <summary>Removes this very session, never a successor of the same tunnel. What it carried fails.</summary>
    public void Remove(TunnelSession session)
    {
        lock (_lock)
        {
            _sessions = _sessions.Remove(session);
            if (!_sessions.Exists(other => other.TunnelId == session.TunnelId))
            {
                _departed = _departed.Add(new Departed(
                    session.TunnelId, session.MachineName, time.GetTimestamp(), !session.HasStopped, session.Clis)
                {
                    LeftAt = time.GetUtcNow(),
                    TokenId = session.TokenId,
                    Version = session.Version,
                });
                _departed = _departed.Count > MostDeparted ? _departed.RemoveAt(0) : _departed;
            }

            Change();
        }

        foreach (var work in _work.Values.Where(work => work.Carrier == session))
        {
            FailLost(work);
        }
    }

    /// <summary>Something that the records show has changed: a catalog, a drain.</summary>
    public void Note()
    {
        lock (_lock)
        {
            Change();
        }
    }

    /// <summary>This broker stops: nothing is awaited here any more.</summary>
    public void Close()
    {
        _isClosing = true;
        Note();
    }

    /// <summary>Takes an item into hand and gives it to the session.</summary>
    public InFlightWork Start(TunnelSession carrier, WorkItem item)
    {
        var work = new InFlightWork(item.WorkId, carrier, this, options.EventTimeout, time);
        if (!_work.TryAdd(item.WorkId, work))
        {
            throw new InvalidOperationException($"Work {item.WorkId} is in hand already.");
        }

        if (carrier.Send(work, item))
        {
            return work;
        }

        if (carrier.IsClosed)
        {
            FailLost(work);
        }
        else
        {
            work.Fail(FailureKind.Overloaded, "The tunnel has more calls than it takes. Try again in a while.");
        }

        return work;
    }

    /// <summary>The work in hand of this id; null when it has been left, or never was.</summary>
    public InFlightWork? Find(string workId) => _work.GetValueOrDefault(workId);

    public void Remove(InFlightWork work)
    {
        if (!_work.TryRemove(work.WorkId, out _))
        {
            return;
        }

        work.Carrier.Leave();
        if (_isClosing && _work.IsEmpty)
        {
            // The drain waits for this.
            Note();
        }
    }

    /// <summary>Ends once nothing is in hand. To be asked after <see cref="Close"/>: before, the end of work is no change.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        for (var seen = Version; InFlight > 0; seen = Version)
        {
            await WaitForChangeAsync(seen, cancellationToken);
        }
    }

    public AccountTunnels Describe()
    {
        lock (_lock)
        {
            var awaited = Awaited();
            return new AccountTunnels
            {
                AccountId = Id,
                Version = _version,
                Online = _sessions.ConvertAll(session => session.Describe()),
                IsAwaited = awaited is not null,
                IsClosing = _isClosing,
                Returning = awaited ?? [],
                Departed = _departed.IsEmpty ? [] : [.. _departed.SelectMany(left => left.Clis)],
                Left = _departed.IsEmpty ? [] : _departed.ConvertAll(left => new DepartedTunnel(
                    left.TokenId, left.Version, left.LeftAt, !_isClosing && IsReturning(left), left.Clis)),
            };
        }
    }

    public Task WaitForChangeAsync(long version, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return version != _version ? Task.CompletedTask : _changed.Task.WaitAsync(cancellationToken);
        }
    }

    private static void FailLost(InFlightWork work) => work.Fail(
        FailureKind.TunnelLost,
        "The tunnel to the CLI's machine was lost before the answer was complete. It reconnects by itself; try again.");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private long Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    // The CLIs of the tunnels that are on their way back, as far as they were seen here; null where none is awaited, which is the rule and
    // costs nothing.
    private List<CliInfo>? Awaited()
    {
        List<CliInfo>? clis = _sessions.IsEmpty && time.GetElapsedTime(started) < options.AwaitFirst ? [] : null;
        foreach (var session in _sessions)
        {
            if (session.IsDraining && !HasSuccessor(session))
            {
                (clis ??= []).AddRange(session.Clis);
            }
        }

        foreach (var left in _departed)
        {
            if (IsReturning(left))
            {
                (clis ??= []).AddRange(left.Clis);
            }
        }

        return clis;
    }

    private bool IsReturning(Departed left) => left.ComesBack && time.GetElapsedTime(left.At) < options.AwaitReturn;

    private bool HasSuccessor(TunnelSession session) =>
        _sessions.Exists(other => other.TunnelId == session.TunnelId && !other.IsDraining);

    private void Change()
    {
        _version++;
        _changed.TrySetResult();
        _changed = NewSignal();
    }

    /// <param name="ComesBack">It was cut off or drained; one that said goodbye does not come back by itself.</param>
    private sealed record Departed(string TunnelId, string MachineName, long At, bool ComesBack, IReadOnlyList<CliInfo> Clis)
    {
        public required DateTimeOffset LeftAt { get; init; }

        public required string TokenId { get; init; }

        public required string Version { get; init; }
    }
}
