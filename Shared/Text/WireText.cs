using System.Text;

namespace Polydev.Shared.Text;

/// <summary>Makes text of CLIs fit for the wire. What it looks like to a person is <see cref="PlainText"/>'s matter.</summary>
public static class WireText
{
    private const char Ellipsis = '…';

    /// <summary>The text without halves of surrogate pairs, which UTF-8 has no form for: U+FFFD stands in their place.</summary>
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
