using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Polydev.Broker.Dialects;

/// <summary>The one form of all JSON that a dialect writes: bodies, errors, lists and frames.</summary>
internal static class JsonOutput
{
    /// <summary>
    /// Text as it is, as the vendors send it: the default encoder, made for JSON inside HTML, writes "ü" and quotes as six characters.
    /// </summary>
    public static readonly JsonWriterOptions Options = new()
    {
        SkipValidation = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes one body.</summary>
    public static void Write<T>(IBufferWriter<byte> output, T value, JsonTypeInfo<T> type)
    {
        using var json = new Utf8JsonWriter(output, Options);
        JsonSerializer.Serialize(json, value, type);
    }
}

/// <summary>JSON that is passed on as it stands: a tool call's arguments, which the tunnel has checked.</summary>
[JsonConverter(typeof(Converter))]
internal readonly record struct RawJson(string Text)
{
    public static RawJson EmptyObject { get; } = new("{}");

    /// <summary>Of a field that is left out where it is null in C#.</summary>
    public static RawJson Null { get; } = new("null");

    internal sealed class Converter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Raw JSON is written only.");

        // A line break would end the frame of a stream. In JSON it stands between tokens only, where a space does as well.
        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Text.Replace('\n', ' ').Replace('\r', ' '), skipInputValidation: true);
    }
}

/// <summary>
/// A text of an answer in the pieces in which it came. It is written piece by piece: joined, it would be a second copy, and at once it
/// makes JSON's writer ask for three times its length in one block.
/// </summary>
[JsonConverter(typeof(Converter))]
internal readonly record struct LongText(IReadOnlyList<string> Pieces)
{
    public static implicit operator LongText(string text) => new([text]);

    public override string ToString() => string.Concat(Pieces);

    internal sealed class Converter : JsonConverter<LongText>
    {
        private const int LongestSegment = 4096;

        public override LongText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("A text of an answer is written only.");

        public override void Write(Utf8JsonWriter writer, LongText value, JsonSerializerOptions options)
        {
            if (value.Pieces is [{ Length: <= LongestSegment } only])
            {
                writer.WriteStringValue(only);
                return;
            }

            foreach (var piece in value.Pieces)
            {
                for (var rest = piece.AsSpan(); rest.Length > 0; rest = rest[Math.Min(LongestSegment, rest.Length)..])
                {
                    writer.WriteStringValueSegment(rest[..Math.Min(LongestSegment, rest.Length)], isFinalSegment: false);
                }
            }

            writer.WriteStringValueSegment(ReadOnlySpan<char>.Empty, isFinalSegment: true);
        }
    }
}
