using System.Text.Json;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.Anthropic;

/// <summary>Anthropic's Messages API.</summary>
internal sealed class AnthropicApi : IProviderApi
{
    public Conversation Read(JsonElement body) => AnthropicRequest.Read(body);

    public IAnswerStream OpenStream(ServerSentEventStream events, ProviderRequest request, ProviderScript script) =>
        new AnthropicStream(events, request, script);

    public object Whole(ProviderRequest request, ProviderScript script, ScriptedAnswer answer) => new
    {
        id = $"msg_{request.Number:0000}",
        type = "message",
        role = "assistant",
        model = request.Model,
        content = answer.Items.Select(AnthropicJson.Block).ToArray(),
        stop_reason = AnthropicJson.StopReason(script, answer),
        stop_sequence = script.StopSequence,
        usage = AnthropicJson.Usage(script.Usage, script.Usage?.Output ?? 0),
    };

    public object Error(int status, string message) =>
        new { type = "error", error = new { type = ErrorType(status), message }, request_id = "req_test" };

    public IEnumerable<(string Name, string Value)> Headers(ProviderWindows windows) => windows.Anthropic();

    public object Models(IReadOnlyList<string> models) => new
    {
        data = models.Select(id => new { type = "model", id, display_name = id, created_at = "2026-01-01T00:00:00Z" }).ToArray(),
        has_more = false,
        first_id = models.Count > 0 ? models[0] : null,
        last_id = models.Count > 0 ? models[^1] : null,
    };

    public object TokenCount(int tokens) => new { input_tokens = tokens };

    private static string ErrorType(int status) => status switch
    {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
}
