using System.Text;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects;

/// <summary>
/// How many tokens a conversation, its tools and the schema of its answer come to, for a caller who must be told before the vendor has
/// counted: text by <see cref="TokenSize"/>, and four for each message. What the CLI adds is not in it. A picture is 1,600 tokens,
/// Anthropic's figure for one of full size, and a PDF 3,000 for each 50 kB: nobody looks into it, that is about a page of a scan or of
/// print with figures, and Anthropic counts a page's text and its picture.
/// </summary>
internal static class TokenEstimate
{
    /// <summary>What a message comes to beside its text, also at OpenAI (cookbook: "How to count tokens with tiktoken").</summary>
    public const ulong TokensOfMessage = 4;

    private const ulong TokensOfPicture = 1_600;
    private const ulong TokensOfPage = 3_000;
    private const int BytesOfPage = 50_000;

    public static ulong Of(Conversation conversation, IReadOnlyCollection<ToolSpec> tools, AnswerFormat? format = null)
    {
        var bytes = TextsOf(conversation, tools, format).Sum(text => (long)Encoding.UTF8.GetByteCount(text));
        return TokenSize.OfBytes(bytes) + OfMedia(conversation) + (ulong)conversation.Messages.Count * TokensOfMessage;
    }

    /// <summary>Its pictures and documents.</summary>
    public static ulong OfMedia(Conversation conversation) =>
        conversation.Media.Aggregate(0UL, (sum, media) => sum + Of(media.Part));

    /// <summary>All that is told to the model in words.</summary>
    public static IEnumerable<string> TextsOf(Conversation conversation, IReadOnlyCollection<ToolSpec> tools, AnswerFormat? format)
    {
        yield return conversation.Instructions;
        yield return format?.Form.JsonSchema ?? string.Empty;
        foreach (var text in conversation.Messages.SelectMany(message => message.Parts).SelectMany(TokenSize.TextsOf))
        {
            yield return text;
        }

        foreach (var text in tools.SelectMany(TokenSize.TextsOf))
        {
            yield return text;
        }
    }

    private static ulong Of(MediaPart media) => media.MimeType == MediaTypes.Pdf
        ? (ulong)(1 + media.Data.Length / BytesOfPage) * TokensOfPage
        : TokensOfPicture;
}
