using System.Runtime.CompilerServices;
using Polydev.Protos.V1;

namespace Polydev.Broker.Api;

/// <summary>One call's figures, gathered as its events pass. Disposing closes the record.</summary>
internal sealed class CallRecord(TimeProvider time, Action<CallRecord> close) : IDisposable
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>"finished", a failure's kind, or "cancelled" when the caller left.</summary>
    public string Outcome { get; private set; } = "cancelled";

    public Usage Usage { get; private set; } = new();

    public TimeSpan Duration => time.GetElapsedTime(_started);

    /// <summary>From the start to the first text; null when none came.</summary>
    public TimeSpan? FirstToken { get; private set; }

    public async IAsyncEnumerable<WorkEvent> Watch(IAsyncEnumerable<WorkEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var next in events.WithCancellation(cancellationToken))
        {
            Note(next);
            yield return next;
        }
    }

    public void Dispose() => close(this);

    private void Note(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text:
                FirstToken ??= Duration;
                break;
            case WorkEvent.KindOneofCase.Usage:
                Usage = next.Usage;
                break;
            case WorkEvent.KindOneofCase.Finished:
                Outcome = "finished";
                break;
            case WorkEvent.KindOneofCase.Failed:
                Outcome = next.Failed.Kind.ToString();
                break;
        }
    }
}
