using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

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

    /// <summary>
    /// JSON whose strings can all be read: U+FFFD stands in the place of bytes that are no UTF-8, and of an escaped half of a surrogate
    /// pair (<c>\ud83d</c>), as Node writes it of a text that was cut in two. Alters the bytes themselves where it can.
    /// </summary>
    public static byte[] ValidJson(byte[] json)
    {
        var valid = Utf8.IsValid(json) ? json : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        var rest = valid.AsSpan();
        while (rest.IndexOf((byte)'\\') is >= 0 and var escape)
        {
            rest = rest[escape..];
            var isPair = char.IsHighSurrogate(Escaped(rest)) && rest.Length > 6 && char.IsLowSurrogate(Escaped(rest[6..]));
            if (!isPair && char.IsSurrogate(Escaped(rest)))
            {
                "fffd"u8.CopyTo(rest[2..]);
            }

            rest = rest[Math.Min(isPair ? 12 : 2, rest.Length)..];
        }

        return valid;
    }

    // U+0000 where it is no character in four digits.
    private static char Escaped(ReadOnlySpan<byte> json) =>
        json.Length >= 6 && json[0] == '\\' && json[1] == 'u'
        && Utf8Parser.TryParse(json[2..6], out ushort character, out var digits, 'x') && digits == 4
            ? (char)character
            : '\0';

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
