using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// OpenAI's <c>POST /responses/compact</c>: the model sums up a conversation in one turn. The caller goes on with the user's messages and
/// that summary in its place (docs: "Compaction").
/// </summary>
internal sealed class OpenAiCompactionDialect(TimeProvider clock) : IStoringDialect
{
    public string Name => "openai-compaction";

    public IApiFamily Family => OpenAiFamily.Instance;

    public AnswerReferences References(ReadOnlySpan<byte> body) => ResponseReferences.Of(body);

    public CompletionCall Read(JsonElement body, CompletionPath path) =>
        OpenAiCompactionRequest.Read(RequestNode.Body(body), path, clock.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer) =>
        JsonOutput.Write(output, OpenAiCompactionResponse.Of(call, answer), OpenAiCompactionJson.Default.OpenAiCompactionResponse);

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) =>
        throw new NotSupportedException("No request asks for a compaction as a stream.");
}

/// <summary>The serializers of the dialect.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OpenAiCompactionResponse))]
internal sealed partial class OpenAiCompactionJson : JsonSerializerContext;
