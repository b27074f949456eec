using System.Buffers;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// One streamed response: created and in_progress, its items, then completed, incomplete or failed. A failure is told twice, because the
/// SDKs throw on <c>error</c> only, and others wait for <c>response.failed</c>. Thoughts are not written: no summary was asked for.
/// </summary>
internal sealed class OpenAiResponsesStream(IBufferWriter<byte> output, CompletionCall call) : IAnswerStream
{
    private readonly ResponseEvents _events = new(output);
    private readonly List<IResponseOutput> _outputs = [];
    private readonly Dictionary<string, ResponseCallOutput> _calls = new(StringComparer.Ordinal);
    private ResponseMessageOutput? _message;
    private Usage _usage = new();
    private bool _begun;

    public string ContentType => "text/event-stream";

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text:
                Message().Add(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                StartCall(next.ToolCallStarted);
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                _calls[next.ToolCallArguments.Id].Add(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.Usage:
                _usage = next.Usage;
                break;
            case WorkEvent.KindOneofCase.Finished:
                Finish(ResponseIncomplete.Of(next.Finished.StopReason));
                break;
        }
    }

    public void WriteKeepAlive() => _events.WriteComment();

    public void WriteFailure(ApiError error, string requestId)
    {
        Begin();
        _events.WriteError(OpenAiError.Of(error));
        WriteEnd("failed", OpenAiResponsesResponse.Of(call, "failed") with { Error = ResponseError.Of(error) });
    }

    public void Dispose() => _events.Dispose();

    private ResponseMessageOutput Message()
    {
        if (_message is not { IsOpen: true })
        {
            Begin();
            _message = new ResponseMessageOutput(_events, NextId(ResponseItem.Message), _outputs.Count);
            _outputs.Add(_message);
        }

        return _message;
    }

    private void StartCall(ToolCallStarted started)
    {
        Begin();
        _message?.Close("completed");
        var opened = new ResponseCallOutput(_events, NextId(ResponseItem.FunctionCall), _outputs.Count, started);
        _outputs.Add(opened);
        _calls[started.Id] = opened;
    }

    private void Finish(ResponseIncomplete? incomplete)
    {
        if (_outputs.Count == 0)
        {
            Message();
        }

        var status = incomplete is null ? "completed" : "incomplete";
        foreach (var opened in _outputs)
        {
            opened.Close(status);
        }

        WriteEnd(status, OpenAiResponsesResponse.Of(call, status) with { IncompleteDetails = incomplete, Usage = ResponseUsage.Of(_usage) });
    }

    private void WriteEnd(string status, OpenAiResponsesResponse response) =>
        _events.Write(new ResponseEvent($"response.{status}") { Response = response with { Output = [.. _outputs.Select(opened => opened.Item)] } });

    private void Begin()
    {
        if (!_begun)
        {
            _begun = true;
            var response = OpenAiResponsesResponse.Of(call, "in_progress");
            _events.Write(new ResponseEvent("response.created") { Response = response });
            _events.Write(new ResponseEvent("response.in_progress") { Response = response });
        }
    }

    private string NextId(string type) => ResponseItem.IdOf(call, type, _outputs.Count);
}
