using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Work;

/// <summary>Answers as the test says, and counts how often it was asked for an event.</summary>
internal sealed class FakeAdapter(Func<WorkItem, CancellationToken, IAsyncEnumerable<WorkEvent>> run) : ICliAdapter
{
    private readonly TaskCompletionSource _firstEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _ended;

    public string Provider { get; init; } = "fake";

    public CliInfo Info { get; set; } = new() { Provider = "fake", State = CliState.Ready, Models = { new ModelInfo { Id = "m" } } };

    public CliQuota? Quota { get; init; }

    /// <summary>The stop sequences that the CLI is given; by default all.</summary>
    public Func<string, bool> Takes { get; set; } = _ => true;

    public bool TakesMaxOutputTokens { get; set; }

    /// <summary>The vendor is told of every form of the answer.</summary>
    public bool TakesForms { get; set; }

    public bool StreamsArguments { get; init; }

    /// <summary>How often the detection was asked for.</summary>
    public int Detections { get; private set; }

    /// <summary>How many turns have ended, in whatever way.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Waits until a turn has ended, in whatever way.</summary>
    public Task WhenEndedAsync() => _firstEnded.Task.DefaultTimeout();

    public static FakeAdapter Of(params WorkEvent[] events) => new((_, _) => Yield(events));

    public bool TakesStop(string stop) => Takes(stop);

    public bool TakesFormat(ResponseFormat format, string model) => TakesForms;

    public Task<CliInfo> DetectAsync(CancellationToken cancellationToken)
    {
        Detections++;
        return Task.FromResult(Info);
    }

    public async IAsyncEnumerable<WorkEvent> RunAsync(
        WorkItem item, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var next in run(item, cancellationToken))
            {
                yield return next;
            }
        }
        finally
        {
            Interlocked.Increment(ref _ended);
            _firstEnded.TrySetResult();
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async IAsyncEnumerable<WorkEvent> Yield(WorkEvent[] events)
    {
        foreach (var next in events)
        {
            await Task.Yield();
            yield return next.Clone();
        }
    }
}
