using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Anthropic's Messages API.</summary>
internal sealed class AnthropicDialect(AnthropicFamily family, TimeProvider time) : IDialect
{
    public string Name => "anthropic";

    public IApiFamily Family => family;

    public CompletionCall Read(JsonElement body, CompletionPath path) => AnthropicRequest.Read(RequestNode.Body(body), time.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer) =>
        JsonOutput.Write(output, AnthropicResponse.Of(call, answer), AnthropicJson.Default.AnthropicResponse);

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new AnthropicStream(output, call);
}

/// <summary>The serializers of the dialect and its family.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AnthropicResponse))]
[JsonSerializable(typeof(AnthropicEvents.MessageStart))]
[JsonSerializable(typeof(AnthropicEvents.BlockStart))]
[JsonSerializable(typeof(AnthropicEvents.BlockDelta))]
[JsonSerializable(typeof(AnthropicEvents.BlockStop))]
[JsonSerializable(typeof(AnthropicEvents.MessageDelta))]
[JsonSerializable(typeof(AnthropicEvents.MessageStop))]
[JsonSerializable(typeof(AnthropicEvents.Ping))]
[JsonSerializable(typeof(AnthropicError))]
[JsonSerializable(typeof(AnthropicModel))]
[JsonSerializable(typeof(AnthropicModel.Page))]
internal sealed partial class AnthropicJson : JsonSerializerContext;
