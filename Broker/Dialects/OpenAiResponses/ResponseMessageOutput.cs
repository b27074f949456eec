using System.Text;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>A message while it is streamed: item and part added, deltas, text, part and item done.</summary>
internal sealed class ResponseMessageOutput : IResponseOutput
{
    private readonly ResponseEvents _events;
    private readonly string _id;
    private readonly int _index;
    private readonly StringBuilder _text = new();
    private ResponseItem? _done;

    public ResponseMessageOutput(ResponseEvents events, string id, int index)
    {
        _events = events;
        _id = id;
        _index = index;
        _events.Write(new ResponseEvent("response.output_item.added") { OutputIndex = _index, Item = ResponseItem.OfText(_id, "in_progress") });
        _events.Write(OfText("response.content_part.added") with { Part = new ResponsePart(string.Empty) });
    }

    public ResponseItem Item => _done ?? ResponseItem.OfText(_id, "incomplete", new ResponsePart(_text.ToString()));

    public bool IsOpen => _done is null;

    public void Add(string text)
    {
        _text.Append(text);
        _events.Write(OfText("response.output_text.delta") with { Delta = text, Logprobs = [] });
    }

    public void Close(string status)
    {
        if (_done is not null)
        {
            return;
        }

        var text = _text.ToString();
        var part = new ResponsePart(text);
        _done = ResponseItem.OfText(_id, status, part);
        _events.Write(OfText("response.output_text.done") with { Text = text, Logprobs = [] });
        _events.Write(OfText("response.content_part.done") with { Part = part });
        _events.Write(new ResponseEvent("response.output_item.done") { OutputIndex = _index, Item = _done });
    }

    private ResponseEvent OfText(string type) => new(type) { ItemId = _id, OutputIndex = _index, ContentIndex = 0 };
}
