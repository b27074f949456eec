using System.Text.Json;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.Gemini;

/// <summary>Google's generateContent API.</summary>
internal sealed class GeminiApi : IProviderApi
{
    public Conversation Read(JsonElement body) => GeminiRequest.Read(body);

    public IAnswerStream OpenStream(ServerSentEventStream events, ProviderRequest request, ProviderScript script) =>
        new GeminiStream(events, request, script);

    public object Whole(ProviderRequest request, ProviderScript script, ScriptedAnswer answer) =>
        GeminiJson.Chunk(request, [.. answer.Items.Select(GeminiJson.Part)], GeminiJson.FinishReason(script), script.Usage);

    public object Error(int status, string message) => new { error = new { code = status, message, status = ErrorStatus(status) } };

    public object Models(IReadOnlyList<string> models) => new
    {
        models = models.Select(id => new
        {
            name = $"models/{id}",
            displayName = id,
            supportedGenerationMethods = new[] { "generateContent", "countTokens" },
        }).ToArray(),
    };

    public object TokenCount(int tokens) => new { totalTokens = tokens };

    private static string ErrorStatus(int status) => status switch
    {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
}
