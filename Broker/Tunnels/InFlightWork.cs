using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tunnels;

/// <summary>
/// One item that a tunnel is working on: events go in from the read loop, which never waits, and come out to one caller. The
/// credit bounds what lies between. Silence for the time limit ends it, but not while the caller still has events to take.
/// </summary>
internal sealed class InFlightWork : IDisposable
{
    private readonly Channel<WorkEvent> _events = Channel.CreateBounded<WorkEvent>(
        new BoundedChannelOptions(TunnelProtocol.CreditWindow) { SingleReader = true, SingleWriter = false });

    private readonly Lock _lock = new();
    private readonly WorkEventGrammar _grammar = new();
    private readonly TimeSpan _silence;
    private readonly ITimer _timer;
    private WorkEvent? _failure;

    public InFlightWork(string workId, TimeSpan silence, TimeProvider time)
    {
        WorkId = workId;
        _silence = silence;
        _timer = time.CreateTimer(_ => OnSilence(), null, silence, Timeout.InfiniteTimeSpan);
    }

    public string WorkId { get; }

    /// <summary>Takes an event from the tunnel. False: it was illegal, the work has failed, and the tunnel must be told to stop.</summary>
    public bool Accept(WorkEvent next)
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                return true;
            }

            var wrong = _grammar.Check(next) ?? (_events.Writer.TryWrite(next) ? null : "more events than the credit allows");
            if (wrong is not null)
            {
                Fail(FailureKind.Internal, $"The tunnel broke the protocol: {wrong}. Update polydev-mcp on that machine.");
                return false;
            }

            if (_grammar.IsOver)
            {
                _events.Writer.Complete();
            }

            _timer.Change(_silence, Timeout.InfiniteTimeSpan);
            return true;
        }
    }

    /// <summary>Ends the work from this side. Does nothing once it is over.</summary>
    public void Fail(FailureKind kind, string message)
    {
        lock (_lock)
        {
            if (_failure is null && !_grammar.IsOver)
            {
                // Set before the channel ends: its reader looks for it as soon as it does.
                _failure = WorkEvents.Failed(kind, message);
                _failure.WorkId = WorkId;
                _events.Writer.Complete();
            }
        }
    }

    /// <summary>The events as they come; the last is Finished or Failed.</summary>
    public async IAsyncEnumerable<WorkEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var next in _events.Reader.ReadAllAsync(cancellationToken))
        {
            yield return next;
        }

        if (_failure is not null)
        {
            yield return _failure;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnSilence()
    {
        if (_events.Reader.Count > 0)
        {
            // It is the caller who is slow.
            _timer.Change(_silence, Timeout.InfiniteTimeSpan);
            return;
        }

        Fail(FailureKind.TimedOut, $"Request timed out: the CLI said nothing for {_silence.TotalSeconds:0} seconds, and its turn was ended. Try again, or ask for less at once.");
    }
}
