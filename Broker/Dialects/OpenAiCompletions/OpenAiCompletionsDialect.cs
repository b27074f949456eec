using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiCompletions;

/// <summary>OpenAI's <c>POST /completions</c>, a text for a text: from before there were chats, and still asked by editors.</summary>
internal sealed class OpenAiCompletionsDialect(TimeProvider clock) : IDialect
{
    public string Name => "openai-completions";

    public IApiFamily Family => OpenAiFamily.Instance;

    public CompletionCall Read(JsonElement body, CompletionPath path) =>
        OpenAiCompletionsRequest.Read(RequestNode.Body(body), clock.GetUtcNow());

    public void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer) =>
        JsonOutput.Write(output, OpenAiCompletionsResponse.Of(call, answer), OpenAiCompletionsJson.Default.UsedCompletion);

    public IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call) => new OpenAiCompletionsStream(output, call);
}

/// <summary>The serializers of the dialect.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiCompletionsResponse))]
[JsonSerializable(typeof(UsedCompletion))]
internal sealed partial class OpenAiCompletionsJson : JsonSerializerContext;
