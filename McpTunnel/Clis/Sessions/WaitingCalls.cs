namespace Polydev.McpTunnel.Clis.Sessions;

/// <summary>
/// The calls that wait for a session, the longest first. Each is served, fails or is given up: whichever comes first takes it out of the
/// line, and is its only end.
/// </summary>
internal sealed class WaitingCalls<TSession>
{
    private readonly Lock _lock = new();
    private readonly LinkedList<WaitingCall<TSession>> _line = [];

    public WaitingCall<TSession> Add(CliSessionKey key)
    {
        lock (_lock)
        {
            return _line.AddLast(new WaitingCall<TSession>(key)).Value;
        }
    }

    /// <returns>False: none waits for one like it.</returns>
    public bool TryServe(CliSessionKey key, TSession session)
    {
        WaitingCall<TSession>? first;
        lock (_lock)
        {
            first = _line.FirstOrDefault(call => call.Key == key);
            if (first is null)
            {
                return false;
            }

            _line.Remove(first);
        }

        first.Answer.SetResult(session);
        first.Left.Cancel();
        return true;
    }

    /// <returns>False: it waits no longer.</returns>
    public bool TryFail(WaitingCall<TSession> call, Exception reason)
    {
        if (!TryLeave(call))
        {
            return false;
        }

        call.Answer.SetException(reason);
        return true;
    }

    public void GiveUp(WaitingCall<TSession> call, CancellationToken cancellationToken)
    {
        if (TryLeave(call))
        {
            call.Answer.SetCanceled(cancellationToken);
            call.Left.Cancel();
            call.GaveUp.Cancel();
        }
    }

    private bool TryLeave(WaitingCall<TSession> call)
    {
        lock (_lock)
        {
            return _line.Remove(call);
        }
    }
}

/// <summary>A call that waits for a session like its key: the one that is started for it, or another that is free sooner.</summary>
internal sealed class WaitingCall<TSession>(CliSessionKey key)
{
    public CliSessionKey Key => key;

    public TaskCompletionSource<TSession> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>It was served or given up: what has not begun to start for it need not.</summary>
    public CancellationTokenSource Left { get; } = new();

    /// <summary>Nobody wants a session any more: what starts for it is ended.</summary>
    public CancellationTokenSource GaveUp { get; } = new();
}
