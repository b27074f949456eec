namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// What a conversation was compacted to, in the <c>encrypted_content</c> of a compaction item: <c>polydev-summary.</c>, and the text in
/// base64. Nothing is kept here, so the caller keeps it. What OpenAI itself has sealed begins otherwise.
/// </summary>
internal static class SealedSummary
{
    private const string Mark = "polydev-summary.";

    public static string Seal(string text) => Mark + SealedText.Seal(text);

    /// <summary>Null: another has sealed it, or it is broken.</summary>
    public static string? Open(string content) =>
        content.StartsWith(Mark, StringComparison.Ordinal) ? SealedText.Open(content[Mark.Length..]) : null;
}
