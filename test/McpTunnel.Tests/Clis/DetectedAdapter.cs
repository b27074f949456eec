using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>A CLI that is detected as the test says.</summary>
internal sealed class DetectedAdapter(string provider) : ICliAdapter
{
    private int _detections;

    public event Action? News;

    public string Provider => provider;

    public CliState State { get; set; } = CliState.Ready;

    public CliQuota? Quota { get; init; }

    public LoginKind Login { get; set; }

    public string Hint { get; set; } = string.Empty;

    public string Refusal { get; set; } = string.Empty;

    public SelfTestVerdict? Verdict { get; set; }

    public string Trace { get; set; } = "as it was";

    public int Detections => Volatile.Read(ref _detections);

    /// <summary>What stands between the question and the answer.</summary>
    public Func<CancellationToken, Task> Meanwhile { get; set; } = _ => Task.CompletedTask;

    public string Look() => Trace;

    public void Tell() => News?.Invoke();

    public async Task<CliInfo> DetectAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _detections);
        await Meanwhile(cancellationToken);
        return new CliInfo { Provider = provider, State = State, Login = Login, Hint = Hint, Refusal = Refusal };
    }

    public IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
