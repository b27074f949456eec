using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.Broker.Conversations;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// The text of a custom tool's call, taken out of the arguments that the model wrote for it, as they come: <c>{"input":"…"}</c>. Belongs
/// to one call; its arguments have been checked.
/// </summary>
internal sealed partial class CustomToolInput
{
    private static readonly JsonEncodedText Name = JsonEncodedText.Encode(TextTool.Argument);

    // What has come and was not taken out: the start up to the text, or a part of an escape.
    private string _rest = string.Empty;
    private bool _isInside;
    private bool _isOver;

    public static string Wrapped(string input) =>
        $"{{\"{Name}\":\"{JsonEncodedText.Encode(input, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"}}";

    /// <summary>Of the arguments as far as they came.</summary>
    public static string Of(string arguments) => new CustomToolInput().Take(arguments);

    /// <summary>The piece of the text that these arguments add.</summary>
    public string Take(string json)
    {
        _rest += json;
        if (!_isInside && Start().Match(_rest) is { Success: true } start)
        {
            _isInside = true;
            _rest = _rest[start.Length..];
        }

        return _isInside && !_isOver ? Decode() : string.Empty;
    }

    // Up to the quote that ends it, or to an escape that is not whole.
    private string Decode()
    {
        var text = new StringBuilder(_rest.Length);
        var index = 0;
        while (index < _rest.Length && !_isOver)
        {
            if (_rest[index] == '"')
            {
                _isOver = true;
            }
            else if (_rest[index] != '\\')
            {
                text.Append(_rest[index++]);
            }
            else if (LengthOfEscape(_rest.AsSpan(index)) is var length && index + length <= _rest.Length)
            {
                text.Append(Unescape(_rest.AsSpan(index + 1, length - 1)));
                index += length;
            }
            else
            {
                break;
            }
        }

        _rest = _rest[index..];
        return text.ToString();
    }

    // A pair of surrogates stays together: half of one is no text. A half that no escape follows stands alone.
    private static int LengthOfEscape(ReadOnlySpan<char> escape) => escape switch
    {
        ['\\', 'u', 'd' or 'D', '8' or '9' or 'a' or 'b' or 'A' or 'B', _, _, not '\\', ..] => 6,
        ['\\', 'u', 'd' or 'D', '8' or '9' or 'a' or 'b' or 'A' or 'B', _, _, '\\', not 'u', ..] => 6,
        ['\\', 'u', 'd' or 'D', '8' or '9' or 'a' or 'b' or 'A' or 'B', ..] => 12,
        ['\\', 'u', ..] => 6,
        _ => 2,
    };

    private static string Unescape(ReadOnlySpan<char> escape) => escape[0] switch
    {
        'n' => "\n",
        't' => "\t",
        'r' => "\r",
        'b' => "\b",
        'f' => "\f",
        'u' when escape.Length > 5 => string.Concat($"{UnitOf(escape[1..5])}{UnitOf(escape[7..])}".EnumerateRunes()),
        'u' => string.Concat($"{UnitOf(escape[1..])}".EnumerateRunes()),
        var other => other.ToString(),
    };

    // What comes in a stream may turn out to be no JSON at its end.
    private static char UnitOf(ReadOnlySpan<char> hex) =>
        ushort.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? (char)unit : '\uFFFD';

    [GeneratedRegex("\\A\\s*\\{\\s*\"input\"\\s*:\\s*\"")]
    private static partial Regex Start();
}
