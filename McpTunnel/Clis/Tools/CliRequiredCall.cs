using System.Runtime.CompilerServices;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Tools;

/// <summary>
/// An answer that must have a call, where the vendor may give another all the same. Nothing is given out before the first call; an answer
/// that ends without one is asked for once more, and what both have used is counted. An answer that the vendor broke off, or refused,
/// stands.
/// </summary>
internal static class CliRequiredCall
{
    /// <param name="ask">One whole answer, each time anew.</param>
    /// <exception cref="CliFailureException">UPSTREAM: neither answer has a call.</exception>
    public static async IAsyncEnumerable<WorkEvent> AskAsync(
        Func<IAsyncEnumerable<WorkEvent>> ask, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Usage? spent = null;
        for (var isFirst = true; ; isFirst = false)
        {
            List<WorkEvent>? held = [];
            Usage? used = null;
            await foreach (var next in ask().WithCancellation(cancellationToken))
            {
                if (next.KindCase == WorkEvent.KindOneofCase.Usage)
                {
                    used = next.Usage;
                    continue;
                }

                // All that it has said was not asked for.
                if (held is not null && next.Finished is { StopReason: StopReason.EndTurn })
                {
                    break;
                }

                if (held is not null && !IsWorthGiving(next))
                {
                    held.Add(next);
                    continue;
                }

                foreach (var earlier in held ?? [])
                {
                    yield return earlier;
                }

                held = null;
                if (next.IsFinal() && (used ?? spent) is not null)
                {
                    yield return new WorkEvent { Usage = (spent ?? new Usage()).Plus(used ?? new Usage()) };
                }

                yield return next;
            }

            if (held is null)
            {
                yield break;
            }

            spent = used;
            if (!isFirst)
            {
                throw new CliFailureException(
                    FailureKind.Upstream, "The model was asked twice to call a tool, as the request requires, and did not. Try again.");
            }
        }
    }

    private static bool IsWorthGiving(WorkEvent next) => next.KindCase == WorkEvent.KindOneofCase.ToolCallStarted || next.IsFinal();
}
