using Polydev.Broker.Dialects;
using Polydev.Shared.Models;

namespace Polydev.Broker.Api.Counting;

/// <summary>
/// What a call would come to. OpenAI's models count text as everybody can, and that is counted; Anthropic and Google publish no vocabulary,
/// and no vendor tells how it writes tools, schemas and pictures: that is estimated (<see cref="TokenEstimate"/>).
/// </summary>
internal sealed class TokenCounter(GptTokens gpt)
{
    // More characters than any model takes: nobody needs their exact number, and it would cost seconds.
    private const int MostCounted = 8_000_000;

    // OpenAI's answer begins with so many (cookbook: "How to count tokens with tiktoken").
    private const ulong TokensOfAnswer = 3;

    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public TokenCount Of(CompletionCall call, CancellationToken cancellationToken)
    {
        // Walked once for its length, and once more to be counted: the texts lie in the conversation.
        var texts = TokenEstimate.TextsOf(call.Conversation, call.Offer.Served, call.Format);
        return ModelId.Parse(call.Model).Provider == Providers.Codex && texts.Sum(text => (long)text.Length) <= MostCounted
            ? Counted(call, texts, cancellationToken)
            : new TokenCount(TokenEstimate.Of(call.Conversation, call.Offer.Served, call.Format), IsEstimate: true);
    }

    private TokenCount Counted(CompletionCall call, IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var conversation = call.Conversation;
        var messages = conversation.Messages.Count + (conversation.Instructions.Length > 0 ? 1 : 0);
        var tokens = TokenEstimate.OfMedia(conversation) + (ulong)messages * TokenEstimate.TokensOfMessage + TokensOfAnswer;
        var isEstimate = conversation.Media.Count > 0 || call.Offer.Served.Count > 0 || call.Format is not null;
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tokens += gpt.CountOf(text, out var isCut);
            isEstimate |= isCut;
        }

        return new TokenCount(tokens, isEstimate);
    }
}
