using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>Cuts a delta over <see cref="TunnelProtocol.MaxDeltaChars"/> so that each event fits a message.</summary>
internal static class DeltaSplitter
{
    public static bool Fits(WorkEvent whole) => whole.KindCase switch
    {
        WorkEvent.KindOneofCase.Text => Fits(whole.Text.Text),
        WorkEvent.KindOneofCase.Thinking => Fits(whole.Thinking.Text),
        WorkEvent.KindOneofCase.ToolCallArguments => Fits(whole.ToolCallArguments.Json),
        _ => true,
    };

    /// <summary>The pieces of what does not fit; what fits is its own one piece.</summary>
    public static IEnumerable<WorkEvent> Split(WorkEvent whole) => whole.KindCase switch
    {
        _ when Fits(whole) => [whole],
        WorkEvent.KindOneofCase.Text => Pieces(whole.Text.Text).Select(WorkEvents.Text),
        WorkEvent.KindOneofCase.Thinking => Thinking(whole.Thinking),
        _ => Pieces(whole.ToolCallArguments.Json).Select(json => WorkEvents.ToolCallArguments(whole.ToolCallArguments.Id, json)),
    };

    private static bool Fits(string text) => text.Length <= TunnelProtocol.MaxDeltaChars;

    // The signature is over the whole thought: it goes with the last piece.
    private static List<WorkEvent> Thinking(ThinkingDelta whole)
    {
        var pieces = Pieces(whole.Text).Select(WorkEvents.Thinking).ToList();
        pieces[^1].Thinking.Signature = whole.Signature;
        return pieces;
    }

    private static IEnumerable<string> Pieces(string text)
    {
        for (int start = 0, length; start < text.Length; start += length)
        {
            length = Math.Min(TunnelProtocol.MaxDeltaChars, text.Length - start);
            // Half a surrogate pair is not UTF-8: protobuf would replace it.
            if (start + length < text.Length && char.IsHighSurrogate(text[start + length - 1]))
            {
                length--;
            }

            yield return text.Substring(start, length);
        }
    }
}
