using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Google's <c>generateContent</c> and <c>streamGenerateContent</c>, and the product's own <c>/google/generate</c>.</summary>
internal sealed class GeminiDialect(GoogleFamily family, TimeProvider time) : IDialect
{
    public string Name => "gemini";

    public IApiFamily Family => family;

    public CompletionCall Read(JsonElement body, CompletionPath path) => GeminiRequest.Read(RequestNode.Body(body), path, time.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer) =>
        JsonOutput.Write(output, GeminiResponse.Of(call, answer), GeminiJson.Default.GeminiResponse);

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new GeminiStream(output, call);
}

/// <summary>The serializers of the dialect and its family.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GeminiResponse))]
[JsonSerializable(typeof(GoogleError))]
[JsonSerializable(typeof(GoogleModel))]
[JsonSerializable(typeof(GoogleModel.Page))]
internal sealed partial class GeminiJson : JsonSerializerContext;
