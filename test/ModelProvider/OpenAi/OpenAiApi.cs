using System.Text.Json;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.OpenAi;

/// <summary>OpenAI's Responses API, as Codex calls it.</summary>
internal sealed class OpenAiApi : IProviderApi
{
    public Conversation Read(JsonElement body) => OpenAiRequest.Read(body);

    public IAnswerStream OpenStream(ServerSentEventStream events, ProviderRequest request, ProviderScript script) =>
        new OpenAiStream(events, request, script);

    public object Whole(ProviderRequest request, ProviderScript script, ScriptedAnswer answer) =>
        OpenAiJson.Response(request, script, answer);

    public object Error(int status, string message) =>
        new { error = new { message, type = ErrorType(status), param = (string?)null, code = ErrorCode(status) } };

    public IEnumerable<(string Name, string Value)> Headers(ProviderWindows windows) => windows.OpenAi();

    /// <summary>Both forms in one: OpenAI's list has <c>data</c>, Codex reads <c>models</c>.</summary>
    public object Models(IReadOnlyList<string> models) => new
    {
        @object = "list",
        data = models.Select(id => new { id, @object = "model", created = 1_767_225_600, owned_by = "test" }).ToArray(),
        models = Array.Empty<object>(),
    };

    public object TokenCount(int tokens) => new { @object = "response.input_tokens", input_tokens = tokens };

    private static string ErrorType(int status) => status switch
    {
        401 or 403 => "authentication_error",
        429 => "rate_limit_exceeded",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    private static string? ErrorCode(int status) => status switch
    {
        401 => "invalid_api_key",
        404 => "model_not_found",
        429 => "rate_limit_exceeded",
        503 => "server_is_overloaded",
        _ => null,
    };
}
