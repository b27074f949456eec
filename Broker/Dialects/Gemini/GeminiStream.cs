using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>A streamed answer: a piece for each text, and at the end the function calls, which Google sends whole, with reason and usage.</summary>
internal sealed class GeminiStream(CompletionCall call, IGeminiFrames frames) : IAnswerStream
{
    // Folds all but the texts, which are gone as they come.
    private readonly Answer _rest = new();

    public string ContentType => frames.ContentType;

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length > 0:
                frames.Write(GeminiResponse.Piece(call, next.Text.Text), GeminiJson.Default.GeminiResponse);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted or WorkEvent.KindOneofCase.ToolCallArguments or WorkEvent.KindOneofCase.Usage:
                _rest.Add(next);
                break;
            case WorkEvent.KindOneofCase.Finished:
                _rest.Add(next);
                frames.Write(GeminiResponse.Of(call, _rest), GeminiJson.Default.GeminiResponse);
                frames.WriteEnd();
                break;
        }
    }

    public void WriteKeepAlive() => frames.WriteKeepAlive();

    public void WriteFailure(ApiError error, string requestId)
    {
        frames.Write(GoogleError.Of(error), GeminiJson.Default.GoogleError);
        frames.WriteEnd();
    }

    public void Dispose() => frames.Dispose();
}
