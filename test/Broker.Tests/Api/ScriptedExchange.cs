using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Polydev.Broker.Exchange;
using Polydev.Broker.Presence;
using Polydev.Broker.Routing;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>An exchange that answers as the test says, for one tunnel that is always there.</summary>
internal sealed class ScriptedExchange : IWorkExchange, ITunnelDirectory
{
    private static readonly OnlineTunnel Desk = new(
        "s1", "t1", "desk", "1.0", DateTimeOffset.UnixEpoch, IsDraining: false, InFlight: 0, [Frames.Cli(Providers.Claude)])
    {
        TokenId = "token1",
    };

    private readonly Channel<ScriptedWork> _started = Channel.CreateUnbounded<ScriptedWork>();

    /// <summary>Answers each item by itself; null leaves it to <see cref="NextAsync"/>.</summary>
    public WorkEvent[]? Answer { get; set; }

    /// <summary>How many more items find their session gone.</summary>
    public int Gone { get; set; }

    /// <summary>False: no tunnel is there, and none is awaited.</summary>
    public bool IsOnline { get; set; } = true;

    /// <summary>The broker stops: its tunnels are on their way to its successor.</summary>
    public bool IsClosing { get; set; }

    public Task<ScriptedWork> NextAsync() => _started.Reader.ReadAsync().AsTask().DefaultTimeout();

    public IWorkStream? Start(ModelRoute route, WorkItem item)
    {
        if (Gone-- > 0)
        {
            return null;
        }

        var work = new ScriptedWork(item);
        if (Answer is { } answer)
        {
            work.Send(answer);
        }

        _started.Writer.TryWrite(work);
        return work;
    }

    public ValueTask<AccountTunnels> FindAsync(string accountId, CancellationToken cancellationToken) => new(new AccountTunnels
    {
        AccountId = accountId,
        Version = 1,
        Online = IsOnline ? [Desk] : [],
        IsAwaited = false,
        IsClosing = IsClosing,
        Returning = [],
        Departed = [],
    });

    public Task WaitForChangeAsync(AccountTunnels seen, CancellationToken cancellationToken) =>
        new TaskCompletionSource().Task.WaitAsync(cancellationToken);

    public ValueTask<DirectorySummary> SummarizeAsync(CancellationToken cancellationToken) => new(new DirectorySummary(1, 0));
}

/// <summary>One item that the test answers.</summary>
internal sealed class ScriptedWork(WorkItem item) : IWorkStream
{
    private readonly Channel<WorkEvent> _events = Channel.CreateUnbounded<WorkEvent>();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _textTaken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WorkItem Item => item;

    /// <summary>Events that nobody has taken yet.</summary>
    public int Unread => _events.Reader.Count;

    public bool IsLeft => _left.Task.IsCompleted;

    /// <summary>Completes when the first text has been taken.</summary>
    public Task TextTakenAsync() => _textTaken.Task.DefaultTimeout();

    /// <summary>Completes when its reader has gone or is done.</summary>
    public Task LeftAsync() => _left.Task.DefaultTimeout();

    public void Send(params WorkEvent[] events)
    {
        foreach (var next in events)
        {
            _events.Writer.TryWrite(next);
            if (next.IsFinal())
            {
                _events.Writer.Complete();
            }
        }
    }

    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _events.Reader.WaitToReadAsync(cancellationToken);

    public bool TryRead([NotNullWhen(true)] out WorkEvent? next)
    {
        if (!_events.Reader.TryRead(out next))
        {
            return false;
        }

        if (next.KindCase == WorkEvent.KindOneofCase.Text)
        {
            _textTaken.TrySetResult();
        }

        return true;
    }

    public ValueTask DisposeAsync()
    {
        _left.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
