using System.Buffers;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// One streamed response: created and in_progress, its items one after the other, then completed, incomplete or failed. A failure is told
/// twice, because the SDKs throw on <c>error</c> only, and others wait for <c>response.failed</c>.
/// </summary>
internal sealed class OpenAiResponsesStream(IBufferWriter<byte> output, CompletionCall call, TimeProvider clock) : IAnswerStream
{
    private readonly ResponseEvents _events = new(output);
    private readonly List<ResponseItem> _items = [];
    private ResponseOutput? _open;
    private Usage _usage = new();
    private bool _begun;

    public string ContentType => "text/event-stream";

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length > 0:
                Message().Add(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking when call.ShowsThoughts:
                WriteThought(next.Thinking);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                Open(Called(next.ToolCallStarted));
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments when next.ToolCallArguments.Json.Length > 0:
                _open!.Add(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                CloseItem("completed");
                break;
            case WorkEvent.KindOneofCase.Usage:
                _usage = next.Usage;
                break;
            case WorkEvent.KindOneofCase.Finished:
                Finish(ResponseIncomplete.Of(next.Finished.StopReason));
                break;
        }
    }

    // Codex as a client counts events alone against its idle timer, not comments.
    public void WriteKeepAlive()
    {
        if (_begun)
        {
            WriteProgress(OpenAiResponsesResponse.Of(call, "in_progress"));
        }
        else
        {
            Begin();
        }
    }

    public void WriteFailure(ApiError error, string requestId)
    {
        Begin();
        _events.WriteError(OpenAiError.Of(error));
        if (_open is { } half)
        {
            _items.Add(half.Unfinished);
        }

        WriteEnd(OpenAiResponsesResponse.Of(call, "failed") with { Error = ResponseError.Of(error), Output = _items });
    }

    public void Dispose() => _events.Dispose();

    private void WriteThought(ThinkingDelta thought)
    {
        if (thought.Text.Length > 0)
        {
            Thoughts().Add(thought.Text);
        }

        // The signature is a thought's end.
        if (call.SignsThoughts && thought.Signature.Length > 0 && _open is ResponseThoughtsOutput open)
        {
            open.Signature = thought.Signature;
            CloseItem("completed");
        }
    }

    private ResponseOutput Called(ToolCallStarted started) => call.Offer.GivesText(started.Name)
        ? new ResponseCustomOutput(_events, NextId(ResponseItem.CustomCall), NextIndex(), started)
        : new ResponseCallOutput(_events, NextId(ResponseItem.FunctionCall), NextIndex(), started);

    private ResponseMessageOutput Message() => _open as ResponseMessageOutput
        ?? Open(new ResponseMessageOutput(_events, NextId(ResponseItem.Message), NextIndex()));

    private ResponseThoughtsOutput Thoughts() => _open as ResponseThoughtsOutput
        ?? Open(new ResponseThoughtsOutput(_events, NextId(ResponseItem.Reasoning), NextIndex()));

    private T Open<T>(T next)
        where T : ResponseOutput
    {
        Begin();
        CloseItem("completed");
        _open = next;
        next.Begin();
        return next;
    }

    private void CloseItem(string status)
    {
        if (_open is { } open)
        {
            _items.Add(open.Close(status));
            _open = null;
        }
    }

    private void Finish(ResponseIncomplete? incomplete)
    {
        if (_open is null or ResponseThoughtsOutput && _items.TrueForAll(item => item.Type == ResponseItem.Reasoning))
        {
            // Clients index the first message's text, so an empty answer has one too.
            Message();
        }

        var ended = OpenAiResponsesResponse.Ended(call, incomplete, clock.GetUtcNow());
        CloseItem(ended.Status);
        var response = ended with { Usage = ResponseUsage.Of(_usage), Output = _items };
        ResponseRecord.Complete(call.ToStore, response);
        WriteEnd(response);
    }

    private void WriteEnd(OpenAiResponsesResponse response) =>
        _events.Write(new ResponseEvent($"response.{response.Status}") { Response = response });

    private void Begin()
    {
        if (!_begun)
        {
            _begun = true;
            var response = OpenAiResponsesResponse.Of(call, "in_progress");
            _events.Write(new ResponseEvent("response.created") { Response = response });
            WriteProgress(response);
        }
    }

    private void WriteProgress(OpenAiResponsesResponse response) =>
        _events.Write(new ResponseEvent("response.in_progress") { Response = response });

    // The item that is open now stands before the next.
    private int NextIndex() => _items.Count + (_open is null ? 0 : 1);

    private string NextId(string type) => ResponseItem.IdOf(call, type, NextIndex());
}
