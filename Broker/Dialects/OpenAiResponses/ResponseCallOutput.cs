using System.Text;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>A function call while it is streamed. It stays open to the end: arguments of several calls may come mixed.</summary>
internal sealed class ResponseCallOutput : IResponseOutput
{
    private readonly ResponseEvents _events;
    private readonly int _index;
    private readonly StringBuilder _arguments = new();

    public ResponseCallOutput(ResponseEvents events, string id, int index, ToolCallStarted call)
    {
        _events = events;
        _index = index;
        Item = ResponseItem.OfCall(id, "in_progress", call.Id, call.Name, string.Empty);
        _events.Write(new ResponseEvent("response.output_item.added") { OutputIndex = _index, Item = Item });
    }

    public ResponseItem Item { get; private set; }

    public void Add(string json)
    {
        _arguments.Append(json);
        Item = Item with { Arguments = _arguments.ToString() };
        _events.Write(new ResponseEvent("response.function_call_arguments.delta") { ItemId = Item.Id, OutputIndex = _index, Delta = json });
    }

    public void Close(string status)
    {
        Item = Item with { Status = status, Arguments = _arguments.Length == 0 ? "{}" : _arguments.ToString() };
        _events.Write(new ResponseEvent("response.function_call_arguments.done")
        {
            ItemId = Item.Id,
            OutputIndex = _index,
            Name = Item.Name,
            Arguments = Item.Arguments,
        });
        _events.Write(new ResponseEvent("response.output_item.done") { OutputIndex = _index, Item = Item });
    }
}
