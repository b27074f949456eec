using System.Globalization;
using System.Text;

namespace Polydev.Shared.Text;

/// <summary>
/// Text that came over the wire, made fit for a terminal, a log, a tool's result or a printed command: it moves no cursor, forges no line,
/// turns no reading direction, hides nothing, and has an end. Lengths are in UTF-16 units.
/// </summary>
public static class PlainText
{
    /// <summary>An id or a name.</summary>
    public const int LongestName = 200;

    /// <summary>A message for a person.</summary>
    public const int LongestMessage = 2000;

    private const char ZeroWidthNonJoiner = '\u200c';
    private const char ZeroWidthJoiner = '\u200d';

    /// <summary>
    /// One line. Control characters and line ends become one space where they stood, format characters and lone surrogates go, and what is
    /// too long ends in an ellipsis.
    /// </summary>
    public static string Line(string? text, int longest = LongestName)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 1);
        return text is null ? string.Empty : IsPlain(text, longest) ? text : Cut(Clean(text, longest, keepsLines: false), longest);
    }

    /// <summary>
    /// A text of several lines, such as a model's answer, at its whole length. Line ends, tabs and the joiners that emoji and some scripts
    /// need stay.
    /// </summary>
    public static string Paragraphs(string? text) =>
        text is null ? string.Empty : Clean(text, int.MaxValue, keepsLines: true).ToString();

    private static bool IsPlain(string text, int longest)
    {
        if (text.Length > longest)
        {
            return false;
        }

        foreach (var character in text)
        {
            // A surrogate may be half of a pair: that is decided with care, below.
            if (char.GetUnicodeCategory(character) is UnicodeCategory.Surrogate || IsGap(character) || IsHidden(new Rune(character)))
            {
                return false;
            }
        }

        return true;
    }

    // Stops one unit after the longest: nobody waits for the rest of a hundred megabytes.
    private static StringBuilder Clean(string text, int longest, bool keepsLines)
    {
        var clean = new StringBuilder(Math.Min(text.Length, longest));
        var isInGap = false;
        for (var at = 0; at < text.Length && clean.Length <= longest;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var units) != System.Buffers.OperationStatus.Done)
            {
                at += units;
                continue;
            }

            at += units;
            if (keepsLines && rune.Value is '\n' or '\t' or ZeroWidthJoiner or ZeroWidthNonJoiner)
            {
                clean.Append((char)rune.Value);
                isInGap = false;
            }
            else if (IsGap(rune.Value))
            {
                if (!isInGap && !(keepsLines && rune.Value == '\r'))
                {
                    clean.Append(' ');
                    isInGap = true;
                }
            }
            else if (!IsHidden(rune))
            {
                clean.Append(text, at - units, units);
                isInGap = false;
            }
        }

        return clean;
    }

    private static string Cut(StringBuilder clean, int longest)
    {
        if (clean.Length > longest)
        {
            clean.Length = longest - 1;
            if (clean.Length > 0 && char.IsHighSurrogate(clean[^1]))
            {
                clean.Length--;
            }

            clean.Append('…');
        }

        return clean.ToString();
    }

    // The two separators are the only ones of their categories.
    private static bool IsGap(int character) => character is < ' ' or (>= 0x7f and <= 0x9f) or 0x2028 or 0x2029;

    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format;
}
