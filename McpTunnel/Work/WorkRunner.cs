using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// Runs items on their CLIs, a limited number at once. Each item's events obey the grammar and end in exactly one final event,
/// whatever the adapter does.
/// <code>item -> adapter -> slot -> Started -> (credit -> event)* -> Finished | Failed</code>
/// </summary>
internal sealed class WorkRunner(
    IEnumerable<ICliAdapter> adapters, WorkOptions options, RunningCalls running, TimeProvider time, ILogger<WorkRunner> logger) : IDisposable
{
    private readonly FrozenDictionary<string, ICliAdapter> _adapters = adapters.ToFrozenDictionary(adapter => adapter.Provider);
    private readonly WorkSlots _slots = new(options, time);

    /// <summary>Never throws for the item's sake: every trouble is the final event. Leaving the enumeration ends the CLI's turn.</summary>
    /// <param name="shutdown">The tunnel is going: the item fails as lost, not as cancelled.</param>
    /// <param name="cancellationToken">The caller has gone.</param>
    public async IAsyncEnumerable<WorkEvent> RunAsync(
        WorkItem item, WorkCredit credit, CancellationToken shutdown, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(shutdown, cancellationToken);
        var stamp = new WorkStamp(item.WorkId, logger);
        bool IsShutdown() => !cancellationToken.IsCancellationRequested;

        // 1. Who answers, and is there room?
        var refusal = await AdmitAsync(item, IsShutdown, cancelled.Token);
        if (refusal is not null)
        {
            await HasCreditAsync(credit, cancelled.Token);
            yield return stamp.Put(refusal);
            yield break;
        }

        using var call = running.Begin(item);
        try
        {
            // 2. First Started, then the adapter, asked for an event only when one may be sent.
            await using var events = new AdapterEvents(_adapters[item.Provider], item, IsShutdown, logger, cancelled.Token);
            var isFirst = true;
            while (true)
            {
                var isPaid = await HasCreditAsync(credit, cancelled.Token);
                var next = !isPaid ? WorkFailures.Cancelled(IsShutdown()) : isFirst ? WorkEvents.Started() : await events.NextAsync();
                isFirst = false;
                foreach (var piece in DeltaSplitter.Split(next))
                {
                    // 3. What the credit bought is sent; each further piece of a long delta costs its own.
                    var mayGo = isPaid || piece.IsFinal() || await HasCreditAsync(credit, cancelled.Token);
                    isPaid = false;
                    var sent = stamp.Put(mayGo ? piece : WorkFailures.Cancelled(IsShutdown()));
                    call.Saw(sent);
                    yield return sent;
                    if (stamp.IsOver)
                    {
                        yield break;
                    }
                }
            }
        }
        finally
        {
            _slots.Leave();
        }
    }

    public void Dispose() => _slots.Dispose();

    // Null: the item has a slot. Else why not.
    private async Task<WorkEvent?> AdmitAsync(WorkItem item, Func<bool> isShutdown, CancellationToken cancelled)
    {
        if (!_adapters.ContainsKey(item.Provider))
        {
            return WorkFailures.NoCli(item.Provider);
        }

        try
        {
            return await _slots.TryEnterAsync(cancelled) ? null : WorkFailures.Busy(options);
        }
        catch (OperationCanceledException)
        {
            return WorkFailures.Cancelled(isShutdown());
        }
    }

    // False once the item is cancelled: nobody will grant then, and the last event goes without credit.
    private static async ValueTask<bool> HasCreditAsync(WorkCredit credit, CancellationToken cancelled)
    {
        try
        {
            await credit.WaitAsync(cancelled);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
