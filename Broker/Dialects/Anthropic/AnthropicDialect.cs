using System.Buffers;
using System.Text.Json;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Anthropic's Messages API.</summary>
internal sealed class AnthropicDialect(TimeProvider time) : IDialect
{
    public string Name => "anthropic";

    public IApiFamily Family { get; } = new AnthropicFamily();

    public CompletionCall Read(JsonElement body, CompletionPath path) => AnthropicRequest.Read(RequestNode.Body(body), time.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer)
    {
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, AnthropicResponse.Of(call, answer), AnthropicJson.Default.AnthropicResponse);
    }

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new AnthropicStream(output, call);
}
