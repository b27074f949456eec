using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>OpenAI's words for why an answer ended.</summary>
internal static class ChatFinishReason
{
    /// <summary>
    /// A refusal is the vendor's filter cutting the answer, which is OpenAI's <c>content_filter</c>; its <c>message.refusal</c> is for a refusal
    /// that the model words itself, and that we get as plain text.
    /// </summary>
    public static string Of(StopReason reason) => reason switch
    {
        StopReason.MaxTokens => "length",
        StopReason.ToolUse => "tool_calls",
        StopReason.Refusal => "content_filter",
        _ => "stop",
    };
}
