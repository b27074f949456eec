using System.Text;
using Polydev.Protos.V1;
using Polydev.Shared.Text;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// A thought and its vendor's signature in the <c>encrypted_content</c> of a reasoning item, so that a caller who keeps nothing else hands
/// both back: <c>polydev.</c>, the text in base64, a dot, the signature. What OpenAI itself has sealed begins otherwise.
/// </summary>
internal static class SealedThought
{
    private const string Mark = "polydev.";

    public static string Seal(string text, string signature) =>
        $"{Mark}{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}.{signature}";

    /// <summary>Null: another has sealed it, or it is broken.</summary>
    public static ThinkingPart? Open(string content)
    {
        if (!content.StartsWith(Mark, StringComparison.Ordinal) || content.IndexOf('.', Mark.Length) is not (> 0 and var end))
        {
            return null;
        }

        var text = new byte[end - Mark.Length];
        return Convert.TryFromBase64String(content[Mark.Length..end], text, out var length)
            ? new ThinkingPart { Text = WireText.Valid(Encoding.UTF8.GetString(text, 0, length)), Signature = content[(end + 1)..] }
            : null;
    }
}
