using System.Buffers;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiCompletions;

/// <summary>
/// One streamed text completion: a frame for each delta, one with the finish reason, the usage where asked for, <c>[DONE]</c>.
/// </summary>
internal sealed class OpenAiCompletionsStream(IBufferWriter<byte> output, CompletionCall call) : IAnswerStream
{
    private readonly ServerSentEvents _frames = new(output);
    private DeltaFrame? _text;
    private Usage _usage = new();

    public string ContentType => "text/event-stream";

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length > 0:
                _frames.Write(_text ??= FrameOfText(), next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Usage:
                _usage = next.Usage;
                break;
            case WorkEvent.KindOneofCase.Finished:
                Finish(next.Finished.StopReason);
                break;
        }
    }

    public void WriteKeepAlive() => _frames.WriteComment();

    public void WriteFailure(ApiError error, string requestId) =>
        _frames.Write(OpenAiErrorBody.Of(error), OpenAiJson.Default.OpenAiErrorBody);

    public void Dispose() => _frames.Dispose();

    private void Finish(StopReason reason)
    {
        CompletionChoice[] choices = [new CompletionChoice(string.Empty, OpenAiCompletionsResponse.FinishReasonOf(reason))];
        if (call.IncludeUsage)
        {
            _frames.Write(Used(choices), OpenAiCompletionsJson.Default.UsedCompletion);
            _frames.Write(Used([]) with { Usage = CompletionUsage.Of(_usage) }, OpenAiCompletionsJson.Default.UsedCompletion);
        }
        else
        {
            _frames.Write(Unused(choices), OpenAiCompletionsJson.Default.OpenAiCompletionsResponse);
        }

        _frames.WriteRaw("data: [DONE]\n\n"u8);
    }

    private DeltaFrame FrameOfText()
    {
        CompletionChoice[] choices = [new CompletionChoice(string.Empty, null)];
        return call.IncludeUsage
            ? DeltaFrame.Of(Used(choices), OpenAiCompletionsJson.Default.UsedCompletion, "text")
            : DeltaFrame.Of(Unused(choices), OpenAiCompletionsJson.Default.OpenAiCompletionsResponse, "text");
    }

    private UsedCompletion Used(IReadOnlyList<CompletionChoice> choices) =>
        new(call.AnswerId, call.CreatedAt.ToUnixTimeSeconds(), call.Model, choices);

    private OpenAiCompletionsResponse Unused(IReadOnlyList<CompletionChoice> choices) =>
        new(call.AnswerId, call.CreatedAt.ToUnixTimeSeconds(), call.Model, choices);
}
