using Polydev.Protos.V1;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Work;

/// <summary>
/// What a CLI said, made fit for a message: UTF-8 has no form for half a surrogate pair, and some texts have no bound of their own. In one
/// place, because an event that cannot be written would end the stream of all items.
/// </summary>
public static class WorkEventText
{
    /// <summary>Alters the event itself. Ids and names that are too long are the grammar's to refuse: cut, they would be others.</summary>
    public static void Mend(this WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text:
                next.Text.Text = WireText.Valid(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking:
                next.Thinking.Text = WireText.Valid(next.Thinking.Text);
                next.Thinking.Signature = WireText.Valid(next.Thinking.Signature);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                next.ToolCallStarted.Id = WireText.Valid(next.ToolCallStarted.Id);
                next.ToolCallStarted.Name = WireText.Valid(next.ToolCallStarted.Name);
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                next.ToolCallArguments.Id = WireText.Valid(next.ToolCallArguments.Id);
                next.ToolCallArguments.Json = WireText.Valid(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                next.ToolCallFinished.Id = WireText.Valid(next.ToolCallFinished.Id);
                break;
            case WorkEvent.KindOneofCase.Finished:
                next.Finished.StopSequence = WireText.Cut(next.Finished.StopSequence, TunnelProtocol.MaxStopChars);
                break;
            case WorkEvent.KindOneofCase.Failed:
                next.Failed.Message = WireText.Cut(next.Failed.Message, TunnelProtocol.MaxFailureChars);
                break;
        }
    }

    /// <summary>Of the one text that can be large: without looking through it, as its size in bytes would.</summary>
    public static int Characters(this WorkEvent next) => next.KindCase switch
    {
        WorkEvent.KindOneofCase.Text => next.Text.Text.Length,
        WorkEvent.KindOneofCase.Thinking => next.Thinking.Text.Length + next.Thinking.Signature.Length,
        WorkEvent.KindOneofCase.ToolCallArguments => next.ToolCallArguments.Json.Length,
        WorkEvent.KindOneofCase.ToolCallStarted => next.ToolCallStarted.Id.Length + next.ToolCallStarted.Name.Length,
        WorkEvent.KindOneofCase.ToolCallFinished => next.ToolCallFinished.Id.Length,
        WorkEvent.KindOneofCase.Finished => next.Finished.StopSequence.Length,
        WorkEvent.KindOneofCase.Failed => next.Failed.Message.Length,
        _ => 0,
    };

    /// <summary>True for the start of a tool call whose id or name is longer than the wire allows.</summary>
    public static bool HasLongName(this WorkEvent next) => next.ToolCallStarted is { } call
        && (call.Id.Length > TunnelProtocol.MaxToolIdChars || call.Name.Length > TunnelProtocol.MaxToolNameChars);
}
