using System.Runtime.CompilerServices;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Work.Answers;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// Enforces those of an item's stop sequences that its CLI does not take: Claude refuses white space, Codex and Gemini CLI know none. The
/// text ends before the first stop that is whole, however it is cut into deltas; the CLI's turn is left there, and with it the figures that
/// it would have told at its end. Belongs to one item.
/// </summary>
internal sealed class StopScanner
{
    private readonly StopMatcher[] _stops;

    // The end of the text so far, where it may be the beginning of a stop.
    private string _held = string.Empty;

    private StopScanner(IEnumerable<string> stops) => _stops = [.. stops.Select(stop => new StopMatcher(stop))];

    /// <summary>The adapter's events, cut at the first such stop.</summary>
    public static IAsyncEnumerable<WorkEvent> Run(ICliAdapter adapter, WorkItem item, CancellationToken cancellationToken)
    {
        var events = CheckedAnswer.Run(adapter, item, cancellationToken);
        string[] stops = item.Sampling is { StopSequences.Count: > 0 } sampling
            ? [.. sampling.StopSequences.Where(stop => stop.Length > 0 && !adapter.TakesStop(stop)).Distinct(StringComparer.Ordinal)]
            : [];
        return stops.Length == 0 ? events : new StopScanner(stops).CutAsync(events, cancellationToken);
    }

    private async IAsyncEnumerable<WorkEvent> CutAsync(
        IAsyncEnumerable<WorkEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var next in events.WithCancellation(cancellationToken))
        {
            if (next.KindCase == WorkEvent.KindOneofCase.Text)
            {
                var text = Take(next.Text.Text, out var found);
                if (text.Length > 0)
                {
                    yield return WorkEvents.Text(text);
                }

                if (found is not null)
                {
                    yield return WorkEvents.Finished(StopReason.StopSequence, found);
                    yield break;
                }

                continue;
            }

            // A stop does not reach over what is no text; figures are not part of the answer.
            if (next.KindCase != WorkEvent.KindOneofCase.Usage && Release() is { Length: > 0 } rest)
            {
                yield return WorkEvents.Text(rest);
            }

            yield return next;
        }
    }

    /// <summary>What may be said now: all but a possible beginning of a stop, or what stands before a stop that is whole.</summary>
    private string Take(string delta, out string? found)
    {
        var text = _held + delta;
        for (var index = _held.Length; index < text.Length; index++)
        {
            found = Advance(text[index]);
            if (found is not null)
            {
                return text[..(index + 1 - found.Length)];
            }
        }

        found = null;
        var kept = text.Length - _stops.Max(stop => stop.Matched);
        _held = text[kept..];
        return text[..kept];
    }

    // The stop that this character completes; of several the longest, which began first.
    private string? Advance(char next)
    {
        string? found = null;
        foreach (var stop in _stops)
        {
            if (stop.Advance(next) && stop.Text.Length > (found?.Length ?? 0))
            {
                found = stop.Text;
            }
        }

        return found;
    }

    private string Release()
    {
        var rest = _held;
        _held = string.Empty;
        foreach (var stop in _stops)
        {
            stop.Reset();
        }

        return rest;
    }
}

/// <summary>How much of one stop sequence the text so far ends with (Knuth, Morris, Pratt): each character is looked at once.</summary>
internal sealed class StopMatcher
{
    // For each length that is matched: the next shorter one that the same text ends with.
    private readonly int[] _shorter;

    public StopMatcher(string text)
    {
        Text = text;
        _shorter = new int[text.Length + 1];
        for (int length = 1, matched = 0; length < text.Length; length++)
        {
            matched = Next(matched, text[length]);
            _shorter[length + 1] = matched;
        }
    }

    public string Text { get; }

    /// <summary>In characters.</summary>
    public int Matched { get; private set; }

    /// <summary>True when this character makes the stop whole.</summary>
    public bool Advance(char next)
    {
        Matched = Next(Matched, next);
        return Matched == Text.Length;
    }

    public void Reset() => Matched = 0;

    private int Next(int matched, char next)
    {
        while (matched > 0 && Text[matched] != next)
        {
            matched = _shorter[matched];
        }

        return Text[matched] == next ? matched + 1 : 0;
    }
}
