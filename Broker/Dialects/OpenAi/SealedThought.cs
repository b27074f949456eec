using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// A thought and its vendor's signature in the <c>encrypted_content</c> of a reasoning item, so that a caller who keeps nothing else hands
/// both back: <c>polydev.</c>, the text in base64, a dot, the signature. What OpenAI itself has sealed begins otherwise.
/// </summary>
internal static class SealedThought
{
    private const string Mark = "polydev.";

    public static string Seal(string text, string signature) => $"{Mark}{SealedText.Seal(text)}.{signature}";

    /// <summary>Null: another has sealed it, or it is broken.</summary>
    public static ThinkingPart? Open(string content)
    {
        if (!content.StartsWith(Mark, StringComparison.Ordinal) || content.IndexOf('.', Mark.Length) is not (> 0 and var end))
        {
            return null;
        }

        return SealedText.Open(content[Mark.Length..end]) is { } text
            ? new ThinkingPart { Text = text, Signature = content[(end + 1)..] }
            : null;
    }
}
