using System.Text;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>A function call while it is streamed. It stays open to the end: arguments of several calls may come mixed.</summary>
internal sealed class ResponseCallOutput : IResponseOutput
{
    private readonly ResponseEvents _events;
    private readonly int _index;
    private readonly StringBuilder _arguments = new();
    private readonly ResponseItem _added;
    private ResponseItem? _done;

    public ResponseCallOutput(ResponseEvents events, string id, int index, ToolCallStarted call)
    {
        _events = events;
        _index = index;
        _added = ResponseItem.OfCall(id, "in_progress", call.Id, call.Name, string.Empty);
        _events.Write(new ResponseEvent("response.output_item.added") { OutputIndex = _index, Item = _added });
    }

    public ResponseItem Item => _done ?? _added with { Status = "incomplete", Arguments = _arguments.ToString() };

    public void Add(string json)
    {
        _arguments.Append(json);
        _events.Write(new ResponseEvent("response.function_call_arguments.delta") { ItemId = _added.Id, OutputIndex = _index, Delta = json });
    }

    public void Close(string status)
    {
        if (_done is not null)
        {
            return;
        }

        _done = _added with { Status = status, Arguments = _arguments.Length == 0 ? "{}" : _arguments.ToString() };
        _events.Write(new ResponseEvent("response.function_call_arguments.done")
        {
            ItemId = _done.Id,
            OutputIndex = _index,
            Name = _done.Name,
            Arguments = _done.Arguments,
        });
        _events.Write(new ResponseEvent("response.output_item.done") { OutputIndex = _index, Item = _done });
    }
}
