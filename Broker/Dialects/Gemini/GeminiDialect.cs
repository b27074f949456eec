using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>
/// Google's <c>generateContent</c>, <c>streamGenerateContent</c> and <c>countTokens</c>, and the product's own <c>/google/generate</c>.
/// </summary>
internal sealed class GeminiDialect(GoogleFamily family, TimeProvider time) : ICountingDialect
{
    public string Name => "gemini";

    public string CountField => "totalTokens";

    public IApiFamily Family => family;

    public CompletionCall Read(JsonElement body, CompletionPath path) => GeminiRequest.Read(RequestNode.Body(body), path, time.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer) =>
        JsonOutput.Write(output, GeminiResponse.Of(call, answer), GeminiJson.Default.GeminiResponse);

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new GeminiStream(output, call);

    public void WriteCount(IBufferWriter<byte> output, ulong tokens) =>
        JsonOutput.Write(output, GeminiTokenCount.Of(tokens), GeminiJson.Default.GeminiTokenCount);
}

/// <summary>The body of a <c>countTokens</c> (docs: Gemini API, "Counting tokens").</summary>
internal sealed record GeminiTokenCount(ulong TotalTokens, IReadOnlyList<GeminiTokenCount.ModalityTokenCount> PromptTokensDetails)
{
    public static GeminiTokenCount Of(ulong tokens) => new(tokens, [new ModalityTokenCount("TEXT", tokens)]);

    internal sealed record ModalityTokenCount(string Modality, ulong TokenCount);
}

/// <summary>The serializers of the dialect and its family.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GeminiResponse))]
[JsonSerializable(typeof(GeminiTokenCount))]
[JsonSerializable(typeof(GoogleError))]
[JsonSerializable(typeof(GoogleModel))]
[JsonSerializable(typeof(GoogleModel.Page))]
internal sealed partial class GeminiJson : JsonSerializerContext;
