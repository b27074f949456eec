using System.Text;
using Polydev.Shared.Text;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>A text of any characters as it stands in an <c>encrypted_content</c>: base64 of its UTF-8.</summary>
internal static class SealedText
{
    public static string Seal(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>Null: it is broken.</summary>
    public static string? Open(string content)
    {
        var text = new byte[content.Length];
        return Convert.TryFromBase64String(content, text, out var length)
            ? WireText.Valid(Encoding.UTF8.GetString(text, 0, length))
            : null;
    }
}
