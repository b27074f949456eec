using System.Buffers;
using System.Text.Json;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Google's <c>generateContent</c> and <c>streamGenerateContent</c>, and the product's own <c>/google/generate</c>.</summary>
internal sealed class GeminiDialect(TimeProvider time) : IDialect
{
    public string Name => "gemini";

    public IApiFamily Family { get; } = new GoogleFamily();

    public CompletionCall Read(JsonElement body, CompletionPath path) => GeminiRequest.Read(RequestNode.Body(body), path, time.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer)
    {
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, GeminiResponse.Of(call, answer), GeminiJson.Default.GeminiResponse);
    }

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) =>
        call.ServerSentEvents
            ? new GeminiStream(call, new GeminiSseFrames(output))
            : new GeminiStream(call, new GeminiArrayFrames(output));
}
