using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>OpenAI's <c>POST /chat/completions</c>.</summary>
internal sealed class OpenAiChatDialect(TimeProvider clock) : IDialect
{
    public string Name => "openai-chat";

    public IApiFamily Family => OpenAiFamily.Instance;

    public CompletionCall Read(JsonElement body, CompletionPath path) => OpenAiChatRequest.Read(RequestNode.Body(body), clock.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer) =>
        JsonOutput.Write(output, OpenAiChatResponse.Of(call, answer), OpenAiChatJson.Default.OpenAiChatResponse);

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new OpenAiChatStream(output, call);
}

/// <summary>The serializers of the dialect.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiChatResponse))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(ChatUsageChunk))]
internal sealed partial class OpenAiChatJson : JsonSerializerContext;
