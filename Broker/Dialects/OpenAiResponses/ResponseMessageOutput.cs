using System.Text;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>A message while it is streamed: item and part added, deltas, text, part and item done.</summary>
internal sealed class ResponseMessageOutput : IResponseOutput
{
    private readonly ResponseEvents _events;
    private readonly int _index;
    private readonly StringBuilder _text = new();
    private ResponseItem _item;

    public ResponseMessageOutput(ResponseEvents events, string id, int index)
    {
        _events = events;
        _index = index;
        _item = ResponseItem.OfText(id, "in_progress");
        _events.Write(new ResponseEvent("response.output_item.added") { OutputIndex = _index, Item = _item });
        _events.Write(OfText("response.content_part.added") with { Part = new ResponsePart(string.Empty) });
    }

    public ResponseItem Item => IsOpen ? Filled("incomplete") : _item;

    public bool IsOpen { get; private set; } = true;

    public void Add(string text)
    {
        _text.Append(text);
        _events.Write(OfText("response.output_text.delta") with { Delta = text, Logprobs = [] });
    }

    public void Close(string status)
    {
        if (!IsOpen)
        {
            return;
        }

        _item = Filled(status);
        IsOpen = false;
        _events.Write(OfText("response.output_text.done") with { Text = _text.ToString(), Logprobs = [] });
        _events.Write(OfText("response.content_part.done") with { Part = _item.Content![0] });
        _events.Write(new ResponseEvent("response.output_item.done") { OutputIndex = _index, Item = _item });
    }

    private ResponseItem Filled(string status) => ResponseItem.OfText(_item.Id, status, new ResponsePart(_text.ToString()));

    private ResponseEvent OfText(string type) => new(type) { ItemId = _item.Id, OutputIndex = _index, ContentIndex = 0 };
}
