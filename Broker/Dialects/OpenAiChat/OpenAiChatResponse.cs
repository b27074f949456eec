using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>A whole answer (<c>chat.completion</c>).</summary>
internal sealed record OpenAiChatResponse(string Id, long Created, string Model, IReadOnlyList<ChatChoice> Choices, ChatUsage Usage)
{
    public string Object { get; } = "chat.completion";

    public string? SystemFingerprint { get; }

    public static OpenAiChatResponse Of(CompletionCall call, Answer answer)
    {
        var content = answer.Text.Length == 0 && answer.ToolCalls.Count > 0 ? null : answer.Text;
        var message = new ChatMessage(content) { ToolCalls = answer.ToolCalls.Count == 0 ? null : [.. answer.ToolCalls.Select(Describe)] };
        var reason = ChatFinishReason.Of(answer.Finished?.StopReason ?? default);
        return new OpenAiChatResponse(
            call.AnswerId, call.CreatedAt.ToUnixTimeSeconds(), call.Model, [new ChatChoice(message, reason)], ChatUsage.Of(answer.Usage));
    }

    private static ChatToolCall Describe(AnswerToolCall call) =>
        new() { Id = call.Id, Type = "function", Function = new ChatFunction(call.Name, call.ArgumentsJson) };
}
