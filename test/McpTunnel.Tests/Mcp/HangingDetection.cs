using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Mcp;

/// <summary>A CLI whose detection comes to no end before the test lets it, whoever cancels it.</summary>
internal sealed class HangingDetection : ICliAdapter
{
    private readonly TaskCompletionSource<CliInfo> _detected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Provider => "hanging";

    public void Release() => _detected.TrySetResult(new CliInfo { Provider = Provider });

    public Task<CliInfo> DetectAsync(CancellationToken cancellationToken) => _detected.Task;

    public IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Not to be asked.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
