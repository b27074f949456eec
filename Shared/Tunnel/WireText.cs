using System.Globalization;
using System.Text;

namespace Polydev.Shared.Tunnel;

/// <summary>Makes text of CLIs and peers fit for the wire, a log and a terminal.</summary>
public static class WireText
{
    private const char Ellipsis = '…';

    /// <summary>The text without halves of surrogate pairs, which protobuf does not write: U+FFFD stands in their place.</summary>
    public static string Valid(string text)
    {
        if (FirstBroken(text) < 0)
        {
            return text;
        }

        var valid = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            valid.Append(rune.ToString());
        }

        return valid.ToString();
    }

    /// <summary>The text as <see cref="Valid"/> leaves it, cut to so many characters; the last of them then says so.</summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most)
        {
            return Valid(text);
        }

        var kept = char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1;
        return Valid(string.Concat(text.AsSpan(0, kept), [Ellipsis]));
    }

    /// <summary>One line of text: control and format characters are taken out, line ends and tabs are blanks, and it is cut.</summary>
    public static string Line(string text, int most)
    {
        text = Cut(text, most);
        if (!text.Any(IsUnseen))
        {
            return text;
        }

        var line = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\n' or '\t')
            {
                line.Append(' ');
            }
            else if (!IsUnseen(c))
            {
                line.Append(c);
            }
        }

        return line.ToString();
    }

    private static bool IsUnseen(char c) => char.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    // The place of the first half of a surrogate pair that stands alone; -1 where there is none, as nearly always.
    private static int FirstBroken(string text)
    {
        var index = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        while (index >= 0 && index < text.Length)
        {
            if (!char.IsSurrogate(text[index]))
            {
                index++;
            }
            else if (index + 1 < text.Length && char.IsSurrogatePair(text[index], text[index + 1]))
            {
                index += 2;
            }
            else
            {
                return index;
            }
        }

        return -1;
    }
}
