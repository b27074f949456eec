using System.Runtime.CompilerServices;
using System.Text;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// Enforces an item's limit of output tokens where its CLI has no way to tell its vendor: Codex and Gemini CLI. What counts is the text
/// that is said, at <see cref="TokenSize.BytesOfToken"/>: thoughts are told as summaries or not at all, and a call that is cut is of no use
/// to anybody. The CLI's turn is left there, so that its figures are estimates too. Belongs to one item.
/// </summary>
internal static class LengthLimit
{
    /// <summary>The adapter's events, ended by <c>MaxTokens</c> where they say more than the item allows.</summary>
    public static IAsyncEnumerable<WorkEvent> Run(ICliAdapter adapter, WorkItem item, CancellationToken cancellationToken)
    {
        var events = StopScanner.Run(adapter, item, cancellationToken);
        return item.Sampling is { HasMaxOutputTokens: true } && !adapter.TakesMaxOutputTokens
            ? CutAsync(events, item, cancellationToken)
            : events;
    }

    private static async IAsyncEnumerable<WorkEvent> CutAsync(
        IAsyncEnumerable<WorkEvent> events, WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = item.Sampling.MaxOutputTokens * (long)TokenSize.BytesOfToken;
        await foreach (var next in events.WithCancellation(cancellationToken))
        {
            var bytes = next.Text is { } said ? Encoding.UTF8.GetByteCount(said.Text) : 0;
            if (bytes <= left)
            {
                left -= bytes;
                yield return next;
                continue;
            }

            if (Beginning(next.Text!.Text, left) is { Length: > 0 } rest)
            {
                yield return WorkEvents.Text(rest);
            }

            var read = TokenSize.OfBytes(TokenSize.TextsOf(item).Sum(text => (long)Encoding.UTF8.GetByteCount(text)));
            yield return new WorkEvent { Usage = new Usage { InputTokens = read, OutputTokens = item.Sampling.MaxOutputTokens } };
            yield return WorkEvents.Finished(StopReason.MaxTokens);
            yield break;
        }
    }

    // As many whole characters as the bytes have room for.
    private static string Beginning(string text, long bytes)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}
