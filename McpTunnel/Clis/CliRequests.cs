using Polydev.McpTunnel.JsonRpc;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Replies to what a CLI asks of us over JSON-RPC. Nothing is offered but the caller's tools: any other request (leave to run a command, a
/// file, an answer of the user's) is a sign of a lock that failed, and ends the turn.
/// </summary>
/// <param name="toolOf">The tool that a request calls, in this CLI's terms; null where it calls none.</param>
internal sealed class CliRequests(Func<JsonRpcRequest, string?> toolOf) : IDisposable
{
    private readonly CancellationTokenSource _broken = new();
    private TaskCompletionSource _letGo = NotYet();

    /// <summary>Of the turn that runs.</summary>
    public CallerTools Tools { get; set; } = CallerTools.None;

    /// <summary>Cancelled by the first request that is not the caller's.</summary>
    public CancellationToken Broken => _broken.Token;

    public CliFailureException? Incident { get; private set; }

    public async Task<JsonRpcReply> ReplyAsync(JsonRpcRequest request, CancellationToken cancellationToken)
    {
        var tool = toolOf(request);
        if (Tools.Owns(tool))
        {
            // The answer is another call's matter. While it waits for one, the CLI does not ask the model again.
            await Volatile.Read(ref _letGo).Task.WaitAsync(cancellationToken);
        }
        else
        {
            Incident ??= CallerTools.Broken(tool ?? request.Method);
            await _broken.CancelAsync();
        }

        return JsonRpcReply.Refuse($"{request.Method} is not offered.");
    }

    /// <summary>Refuses the calls of the caller's tools that wait now.</summary>
    public void LetGo() => Interlocked.Exchange(ref _letGo, NotYet()).TrySetResult();

    /// <summary>The session is killed for this reason. What waits for the CLI learns of it by the CLI's end.</summary>
    public void Stop(CliFailureException reason) => Incident ??= reason;

    public void Dispose() => _broken.Dispose();

    private static TaskCompletionSource NotYet() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
