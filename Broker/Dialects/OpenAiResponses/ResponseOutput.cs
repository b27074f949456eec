using System.Text;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>An item of a streamed response while it grows; one is open at a time.</summary>
internal abstract class ResponseOutput(ResponseEvents events, string id, int index)
{
    private readonly StringBuilder _text = new();
    private DeltaFrame? _delta;

    /// <summary>The item as it stands now, half done.</summary>
    public abstract ResponseItem Unfinished { get; }

    protected ResponseEvents Events => events;

    protected string Id => id;

    protected int Index => index;

    protected bool HasText => _text.Length > 0;

    protected string Text => _text.ToString();

    /// <summary>Writes that there is such an item.</summary>
    public abstract void Begin();

    /// <summary>Writes what it grows by.</summary>
    public virtual void Add(string delta)
    {
        _text.Append(delta);
        events.Write(_delta ??= ResponseEvents.Numbered(Delta), delta);
    }

    /// <summary>Writes what it has become.</summary>
    /// <param name="status">"completed" or "incomplete".</param>
    public abstract ResponseItem Close(string status);

    /// <summary>The event of a delta, with an empty one.</summary>
    protected abstract ResponseEvent Delta { get; }

    protected ResponseEvent Of(string type) => new(type) { ItemId = id, OutputIndex = index };

    protected void WriteItem(string type, ResponseItem item) => events.Write(new ResponseEvent(type) { OutputIndex = index, Item = item });
}

/// <summary>A message: item and part added, deltas, text, part and item done.</summary>
internal sealed class ResponseMessageOutput(ResponseEvents events, string id, int index) : ResponseOutput(events, id, index)
{
    public override ResponseItem Unfinished => ResponseItem.OfText(Id, "incomplete", ResponsePart.OfText(Text));

    protected override ResponseEvent Delta => OfPart("response.output_text.delta") with { Delta = string.Empty, Logprobs = [] };

    public override void Begin()
    {
        WriteItem("response.output_item.added", ResponseItem.OfText(Id, "in_progress"));
        Events.Write(OfPart("response.content_part.added") with { Part = ResponsePart.OfText(string.Empty) });
    }

    public override ResponseItem Close(string status)
    {
        var part = ResponsePart.OfText(Text);
        var done = ResponseItem.OfText(Id, status, part);
        Events.Write(OfPart("response.output_text.done") with { Text = part.Text, Logprobs = [] });
        Events.Write(OfPart("response.content_part.done") with { Part = part });
        WriteItem("response.output_item.done", done);
        return done;
    }

    private ResponseEvent OfPart(string type) => Of(type) with { ContentIndex = 0 };
}

/// <summary>The model's thoughts, as the summary of a reasoning item: only where one was asked for.</summary>
internal sealed class ResponseThoughtsOutput(ResponseEvents events, string id, int index) : ResponseOutput(events, id, index)
{
    /// <summary>Its vendor's; null: it has none, or nobody wants it.</summary>
    public string? Signature { get; set; }

    public override ResponseItem Unfinished => ResponseItem.OfThoughts(Id, Text) with { Status = "incomplete" };

    protected override ResponseEvent Delta => OfPart("response.reasoning_summary_text.delta") with { Delta = string.Empty };

    public override void Begin()
    {
        WriteItem("response.output_item.added", ResponseItem.OfThoughts(Id, string.Empty) with { Status = "in_progress", Summary = [] });
        Events.Write(OfPart("response.reasoning_summary_part.added") with { Part = ResponsePart.OfThoughts(string.Empty) });
    }

    public override ResponseItem Close(string status)
    {
        var part = ResponsePart.OfThoughts(Text);
        var done = ResponseItem.OfThoughts(Id, part.Text) with
        {
            Status = status,
            EncryptedContent = Signature is { } signature ? SealedThought.Seal(Text, signature) : null,
        };
        Events.Write(OfPart("response.reasoning_summary_text.done") with { Text = part.Text });
        Events.Write(OfPart("response.reasoning_summary_part.done") with { Part = part });
        WriteItem("response.output_item.done", done);
        return done;
    }

    private ResponseEvent OfPart(string type) => Of(type) with { SummaryIndex = 0 };
}

/// <summary>A function call: item added, deltas, arguments and item done.</summary>
internal sealed class ResponseCallOutput(ResponseEvents events, string id, int index, ToolCallStarted call)
    : ResponseOutput(events, id, index)
{
    public override ResponseItem Unfinished => Item("incomplete", Text);

    protected override ResponseEvent Delta => Of("response.function_call_arguments.delta") with { Delta = string.Empty };

    public override void Begin() => WriteItem("response.output_item.added", Item("in_progress", string.Empty));

    public override ResponseItem Close(string status)
    {
        if (!HasText && status == "completed")
        {
            // Clients that join the deltas parse what they got, and no text is not JSON.
            Add("{}");
        }

        var done = Item(status, Text);
        Events.Write(Of("response.function_call_arguments.done") with { Name = done.Name, Arguments = done.Arguments });
        WriteItem("response.output_item.done", done);
        return done;
    }

    private ResponseItem Item(string status, string arguments) =>
        ResponseItem.OfCall(Id, status, ToolCallId.ForOpenAi(call.Id), call.Name, arguments);
}

/// <summary>A call of a custom tool: item added, deltas of its text, text and item done.</summary>
internal sealed class ResponseCustomOutput(ResponseEvents events, string id, int index, ToolCallStarted call)
    : ResponseOutput(events, id, index)
{
    private readonly CustomToolInput _input = new();

    public override ResponseItem Unfinished => Item("incomplete", Text);

    protected override ResponseEvent Delta => Of("response.custom_tool_call_input.delta") with { Delta = string.Empty };

    public override void Begin() => WriteItem("response.output_item.added", Item("in_progress", string.Empty));

    /// <param name="delta">Of the arguments.</param>
    public override void Add(string delta)
    {
        if (_input.Take(delta) is { Length: > 0 } text)
        {
            base.Add(text);
        }
    }

    public override ResponseItem Close(string status)
    {
        var done = Item(status, Text);
        Events.Write(Of("response.custom_tool_call_input.done") with { Input = done.Input });
        WriteItem("response.output_item.done", done);
        return done;
    }

    private ResponseItem Item(string status, string input) =>
        ResponseItem.OfCustomCall(Id, status, ToolCallId.ForOpenAi(call.Id), call.Name, input);
}
