using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Anthropic's Messages API.</summary>
internal sealed class AnthropicDialect(AnthropicFamily family, TimeProvider time) : ICountingDialect
{
    public string Name => "anthropic";

    public string CountField => "input_tokens";

    public IApiFamily Family => family;

    public CompletionCall Read(JsonElement body, CompletionPath path) =>
        AnthropicRequest.Read(RequestNode.Body(body), path, time.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer) =>
        JsonOutput.Write(output, AnthropicResponse.Of(call, answer), AnthropicJson.Default.AnthropicResponse);

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new AnthropicStream(output, call);

    public void WriteCount(IBufferWriter<byte> output, ulong tokens) =>
        JsonOutput.Write(output, new AnthropicTokenCount(tokens), AnthropicJson.Default.AnthropicTokenCount);
}

/// <summary>The body of <c>POST /v1/messages/count_tokens</c> (docs: "Count tokens in a Message").</summary>
internal sealed record AnthropicTokenCount(ulong InputTokens);

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
[JsonSerializable(typeof(AnthropicTokenCount))]
[JsonSerializable(typeof(AnthropicModel))]
[JsonSerializable(typeof(AnthropicModel.Page))]
internal sealed partial class AnthropicJson : JsonSerializerContext;
