namespace Polydev.McpTunnel.Clis.Sessions;

/// <summary>
/// How many programs start at once. A start takes a core while it lasts: with more of them than cores, each only makes the others late.
/// Those that a call waits for go before those that are started ahead.
/// </summary>
/// <param name="most">At once; at least 1.</param>
internal sealed class StartGate(int most, TimeProvider time)
{
    /// <summary>One that lasts longer waits for something else than a core, and keeps nobody back any more.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waitedFor = [];
    private readonly LinkedList<TaskCompletionSource> _ahead = [];
    private int _free = most;

    /// <summary>Returns when the start may begin. It is over when what is returned is disposed.</summary>
    public async Task<IDisposable> EnterAsync(bool isWaitedFor, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = isWaitedFor ? _waitedFor : _ahead;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return new Start(this, time);
            }

            line.AddLast(turn);
        }

        await using var givesUp = cancellationToken.Register(() => GiveUp(line, turn, cancellationToken));
        await turn.Task;
        return new Start(this, time);
    }

    private void GiveUp(LinkedList<TaskCompletionSource> line, TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!line.Remove(turn))
            {
                // Its turn had come: the start is over at once, as its own token says.
                return;
            }
        }

        turn.SetCanceled(cancellationToken);
    }

    private void Leave()
    {
        lock (_lock)
        {
            var line = _waitedFor.Count > 0 ? _waitedFor : _ahead;
            if (line.First is not { } first)
            {
                _free++;
                return;
            }

            line.RemoveFirst();
            first.Value.SetResult();
        }
    }

    private sealed class Start : IDisposable
    {
        private readonly StartGate _gate;
        private readonly ITimer _limit;
        private int _isOver;

        public Start(StartGate gate, TimeProvider time)
        {
            _gate = gate;
            _limit = time.CreateTimer(_ => End(), null, Longest, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            _limit.Dispose();
            End();
        }

        private void End()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                _gate.Leave();
            }
        }
    }
}
