using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// Runs items on their CLIs, a limited number at once. Each item's events obey the grammar and end in exactly one final event,
/// whatever the adapter does.
/// <code>item -> adapter -> slot -> (credit -> Started) -> (credit -> event)* -> Finished | Failed</code>
/// </summary>
internal sealed class WorkRunner(
    IEnumerable<ICliAdapter> adapters, WorkOptions options, RunningCalls running, TimeProvider time, ILogger<WorkRunner> logger)
    : IDisposable
{
    private readonly FrozenDictionary<string, ICliAdapter> _adapters = adapters.ToFrozenDictionary(adapter => adapter.Provider);
    private readonly WorkSlots _slots = new(options, time);

    public SlotUse Slots => _slots.Use;

    /// <summary>Never throws for the item's sake: every trouble is the final event. Leaving the enumeration ends the CLI's turn.</summary>
    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, WorkCredit credit, WorkCancellation cancellation)
    {
        var stamp = new WorkStamp(item.WorkId, logger);

        // 1. Who answers, and is there room?
        if (await RefuseAsync(item, cancellation) is { } refusal)
        {
            await credit.TakeAsync(cancellation.Token);
            yield return stamp.Put(refusal);
            yield break;
        }

        using var call = running.Begin(item);
        using var place = _slots.Entered();
        await using var events = new AdapterEvents(_adapters[item.Provider], item, cancellation, logger);

        // 2. Started says that the item has its place; the adapter has not been asked for anything yet.
        var next = await credit.TakeAsync(cancellation.Token) ? WorkEvents.Started() : cancellation.Failure();
        while (true)
        {
            var sent = stamp.Put(next);
            credit.Spend(sent);
            call.Saw(sent);
            yield return sent;
            if (stamp.IsOver)
            {
                yield break;
            }

            // 3. The adapter is asked only for what may be sent; a cancelled item's last word goes without credit.
            next = await credit.TakeAsync(cancellation.Token) ? await events.NextAsync() : cancellation.Failure();
        }
    }

    public void Dispose() => _slots.Dispose();

    // Null: the item has a slot. Else why not.
    private async ValueTask<WorkEvent?> RefuseAsync(WorkItem item, WorkCancellation cancellation)
    {
        if (!_adapters.ContainsKey(item.Provider))
        {
            return WorkFailures.NoCli(item.Provider);
        }

        if (OverQuota(item) is { } refusal)
        {
            return refusal;
        }

        return await _slots.TryEnterAsync(cancellation.Token) switch
        {
            SlotAnswer.Entered => LeaveIfOverQuota(item),
            SlotAnswer.Crowded => WorkFailures.Crowded(options),
            _ => cancellation.Token.IsCancellationRequested ? cancellation.Failure() : WorkFailures.Busy(options),
        };
    }

    private WorkEvent? OverQuota(WorkItem item) => _adapters[item.Provider].Quota?.Refusal() is { } refusal
        ? WorkFailures.OverQuota(refusal, time.GetUtcNow())
        : null;

    // Its vendor may have told more while the item waited for its slot.
    private WorkEvent? LeaveIfOverQuota(WorkItem item)
    {
        var refusal = OverQuota(item);
        if (refusal is not null)
        {
            _slots.Entered().Dispose();
        }

        return refusal;
    }
}
