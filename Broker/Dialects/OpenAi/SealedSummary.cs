using System.Text;
using Polydev.Shared.Text;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// What a conversation was compacted to, in the <c>encrypted_content</c> of a compaction item: <c>polydev-summary.</c>, and the text in
/// base64. Nothing is kept here, so the caller keeps it. What OpenAI itself has sealed begins otherwise.
/// </summary>
internal static class SealedSummary
{
    private const string Mark = "polydev-summary.";

    public static string Seal(string text) => Mark + Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>Null: another has sealed it, or it is broken.</summary>
    public static string? Open(string content)
    {
        if (!content.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }

        var text = new byte[content.Length];
        return Convert.TryFromBase64String(content[Mark.Length..], text, out var length)
            ? WireText.Valid(Encoding.UTF8.GetString(text, 0, length))
            : null;
    }
}
