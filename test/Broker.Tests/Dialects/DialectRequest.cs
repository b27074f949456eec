using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>A small request of each dialect, read.</summary>
internal static class DialectRequest
{
    // As deep as the broker itself reads.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    /// <param name="fields">Of the body, beside a small question.</param>
    public static CompletionCall Read(string dialect, string fields)
    {
        (IDialect Reader, string Body) reading = dialect switch
        {
            "chat" => (new OpenAiChatDialect(TimeProvider.System), RequestFields.Chat(fields)),
            "responses" => (new OpenAiResponsesDialect(TimeProvider.System), RequestFields.Responses(fields)),
            "anthropic" => (new AnthropicDialect(new AnthropicFamily(), TimeProvider.System), RequestFields.Anthropic(fields)),
            _ => (new GeminiDialect(new GoogleFamily(), TimeProvider.System), RequestFields.Gemini(fields)),
        };
        using var document = JsonDocument.Parse(reading.Body, Options);
        return reading.Reader.Read(document.RootElement, CompletionPath.None);
    }
}
