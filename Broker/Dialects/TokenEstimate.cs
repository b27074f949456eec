using System.Text;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects;

/// <summary>
/// How many tokens a conversation, its tools and the schema of its answer come to, for a caller who must be told before the vendor has
/// counted: a token for four bytes of UTF-8, and four for each message. Within a third or so of what the vendors count of prose and code;
/// what the CLI adds is not in it. A picture is 1,600 tokens, Anthropic's figure for one of full size, and a PDF 3,000 for each 50 kB:
/// nobody looks into it, that is about a page of a scan or of print with figures, and Anthropic counts a page's text and its picture.
/// </summary>
internal static class TokenEstimate
{
    private const ulong BytesOfToken = 4;
    private const ulong TokensOfMessage = 4;
    private const ulong TokensOfPicture = 1_600;
    private const ulong TokensOfPage = 3_000;
    private const int BytesOfPage = 50_000;

    public static ulong Of(Conversation conversation, IEnumerable<ToolSpec> tools, AnswerFormat? format = null)
    {
        var bytes = Bytes(conversation.Instructions) + Bytes(format?.Form.JsonSchema ?? string.Empty);
        foreach (var message in conversation.Messages)
        {
            foreach (var part in message.Parts)
            {
                bytes += Bytes(part);
            }
        }

        foreach (var tool in tools)
        {
            bytes += Bytes(tool.Name) + Bytes(tool.Description) + Bytes(tool.InputSchemaJson);
        }

        return (bytes + BytesOfToken - 1) / BytesOfToken + (ulong)conversation.Messages.Count * TokensOfMessage;
    }

    private static ulong Bytes(Part part) => part.KindCase switch
    {
        Part.KindOneofCase.Text => Bytes(part.Text.Text),
        Part.KindOneofCase.Media => Bytes(part.Media.Title) + Tokens(part.Media) * BytesOfToken,
        Part.KindOneofCase.Thinking => Bytes(part.Thinking.Text),
        Part.KindOneofCase.ToolCall => Bytes(part.ToolCall.Name) + Bytes(part.ToolCall.ArgumentsJson),
        Part.KindOneofCase.ToolResult => part.ToolResult.Content.Aggregate(0UL, (sum, content) => sum + Bytes(content)),
        _ => 0,
    };

    private static ulong Tokens(MediaPart media) => media.MimeType == MediaTypes.Pdf
        ? (ulong)(1 + media.Data.Length / BytesOfPage) * TokensOfPage
        : TokensOfPicture;

    private static ulong Bytes(string text) => (ulong)Encoding.UTF8.GetByteCount(text);
}
