using System.Buffers;
using System.Text.Json;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>OpenAI's <c>POST /responses</c>, without what needs a stored response.</summary>
internal sealed class OpenAiResponsesDialect(TimeProvider clock) : IDialect
{
    public string Name => "openai-responses";

    public IApiFamily Family => OpenAiFamily.Instance;

    public CompletionCall Read(JsonElement body, CompletionPath path) => OpenAiResponsesRequest.Read(RequestNode.Body(body), clock.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer)
    {
        using var json = new Utf8JsonWriter(output, ServerSentEvents.JsonOptions);
        JsonSerializer.Serialize(json, OpenAiResponsesResponse.Of(call, answer), OpenAiResponsesJson.Default.OpenAiResponsesResponse);
    }

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new OpenAiResponsesStream(output, call);
}
