using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>OpenAI's <c>POST /responses</c>.</summary>
internal sealed class OpenAiResponsesDialect(TimeProvider clock) : ICountingDialect, IStoringDialect
{
    public string Name => "openai-responses";

    public string CountField => "input_tokens";

    public IApiFamily Family => OpenAiFamily.Instance;

    public AnswerReferences References(ReadOnlySpan<byte> body) => ResponseReferences.Of(body);

    public CompletionCall Read(JsonElement body, CompletionPath path) =>
        OpenAiResponsesRequest.Read(RequestNode.Body(body), path, clock.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer)
    {
        var response = OpenAiResponsesResponse.Of(call, answer, clock.GetUtcNow());
        ResponseRecord.Complete(call.ToStore, response);
        JsonOutput.Write(output, response, OpenAiResponsesJson.Default.OpenAiResponsesResponse);
    }

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new OpenAiResponsesStream(output, call, clock);

    public void WriteCount(IBufferWriter<byte> output, ulong tokens) =>
        JsonOutput.Write(output, new ResponseTokenCount(tokens), OpenAiResponsesJson.Default.ResponseTokenCount);
}

/// <summary>The body of <c>POST /responses/input_tokens</c> (docs: "Get input token counts").</summary>
internal sealed record ResponseTokenCount(ulong InputTokens)
{
    public string Object { get; } = "response.input_tokens";
}

/// <summary>The serializers of the dialect.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiResponsesResponse))]
[JsonSerializable(typeof(ResponseTokenCount))]
[JsonSerializable(typeof(ResponseEvent))]
[JsonSerializable(typeof(ResponseErrorEvent))]
internal sealed partial class OpenAiResponsesJson : JsonSerializerContext;
