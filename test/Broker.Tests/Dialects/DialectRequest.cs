using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiCompletions;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>A small request of each dialect, read.</summary>
internal static class DialectRequest
{
    // It stands: what is written twice to be compared is of the same moment.
    private static readonly FakeTimeProvider Clock = new();

    // As deep as the broker itself reads.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    public static IDialect Of(string dialect) => dialect switch
    {
        "chat" => new OpenAiChatDialect(Clock),
        "responses" => new OpenAiResponsesDialect(Clock),
        "completions" => new OpenAiCompletionsDialect(Clock),
        "anthropic" => new AnthropicDialect(new AnthropicFamily(), Clock),
        _ => new GeminiDialect(new GoogleFamily(), Clock),
    };

    /// <param name="fields">Of the body, beside a small question.</param>
    public static CompletionCall Read(string dialect, string fields)
    {
        var body = dialect switch
        {
            "chat" => RequestFields.Chat(fields),
            "responses" => RequestFields.Responses(fields),
            "completions" => CompletionsFields.Body(fields),
            "anthropic" => RequestFields.Anthropic(fields),
            _ => RequestFields.Gemini(fields),
        };
        using var document = JsonDocument.Parse(body, Options);
        return Of(dialect).Read(document.RootElement, CompletionPath.None);
    }
}
