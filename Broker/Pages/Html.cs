using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Polydev.Broker.Pages;

/// <summary>A piece of HTML. What is set into it is encoded, unless it is a piece itself: nobody has to remember to.</summary>
internal readonly record struct Html(string Text)
{
    public static readonly Html None = new(string.Empty);

    public static Html Of(ref Writer writer) => new(writer.ToString());

    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(piece => piece.Text)));

    public override string ToString() => Text;

    /// <summary>Writes an interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Writer(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + (16 * formattedCount));

        public void AppendLiteral(string html) => _text.Append(html);

        public void AppendFormatted(string? text) => _text.Append(HtmlEncoder.Default.Encode(text ?? string.Empty));

        public void AppendFormatted(int number) => AppendFormatted(number.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(Html html) => _text.Append(html.Text);

        public override string ToString() => _text.ToString();
    }
}
