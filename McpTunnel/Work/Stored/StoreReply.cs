using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work.Stored;

/// <summary>
/// What is said to a <see cref="StoreRequest"/>, as the events of its item. It waits for credit as a call does, and for no slot: no CLI is
/// asked.
/// </summary>
internal sealed class StoreReply(string workId, IReadOnlyList<StoredLine> lines, ILogger logger)
{
    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkCredit credit, WorkCancellation cancellation)
    {
        var stamp = new WorkStamp(workId, logger);
        foreach (var next in Events())
        {
            var sent = stamp.Put(await credit.TakeAsync(cancellation.Token) ? next : cancellation.Failure());
            credit.Spend(sent);
            yield return sent;
            if (stamp.IsOver)
            {
                yield break;
            }
        }
    }

    private IEnumerable<WorkEvent> Events()
    {
        yield return WorkEvents.Started();
        foreach (var line in lines)
        {
            yield return WorkEvents.Text(line.Data.IsEmpty ? line.Head : line.Head + "\n");
            foreach (var piece in line.Data.IsEmpty ? [] : DeltaSplitter.Split(WorkEvents.Text(line.Data.ToStringUtf8() + "\n")))
            {
                yield return piece;
            }
        }

        yield return WorkEvents.Finished(StopReason.EndTurn);
    }
}
