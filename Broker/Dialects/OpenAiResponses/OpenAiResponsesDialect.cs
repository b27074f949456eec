using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>OpenAI's <c>POST /responses</c>, without what needs a stored response.</summary>
internal sealed class OpenAiResponsesDialect(TimeProvider clock) : IDialect
{
    public string Name => "openai-responses";

    public IApiFamily Family => OpenAiFamily.Instance;

    public CompletionCall Read(JsonElement body, CompletionPath path) =>
        OpenAiResponsesRequest.Read(RequestNode.Body(body), clock.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer) =>
        JsonOutput.Write(output, OpenAiResponsesResponse.Of(call, answer), OpenAiResponsesJson.Default.OpenAiResponsesResponse);

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new OpenAiResponsesStream(output, call);
}

/// <summary>The serializers of the dialect.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiResponsesResponse))]
[JsonSerializable(typeof(ResponseEvent))]
[JsonSerializable(typeof(ResponseErrorEvent))]
internal sealed partial class OpenAiResponsesJson : JsonSerializerContext;
