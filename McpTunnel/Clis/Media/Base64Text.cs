using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;

namespace Polydev.McpTunnel.Clis.Media;

/// <summary>
/// Bytes as a JSON text of base64, which is written from the bytes themselves, piece by piece: a string of a large picture takes three
/// times its size.
/// </summary>
/// <param name="Before">What the text begins with, such as a data URL's head.</param>
[JsonConverter(typeof(Base64TextConverter))]
internal readonly record struct Base64Text(ByteString Data, string Before = "")
{
    public static Base64Text DataUrl(string mimeType, ByteString data) => new(data, $"data:{mimeType};base64,");

    public override string ToString() => Before + Data.ToBase64();
}

/// <summary>Writes a <see cref="Base64Text"/>; no CLI sends one.</summary>
internal sealed class Base64TextConverter : JsonConverter<Base64Text>
{
    // A piece ends where a group of three does.
    private const int PieceBytes = 3 * 4096;

    public override Base64Text Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Base64 is written, and not read.");

    public override void Write(Utf8JsonWriter writer, Base64Text value, JsonSerializerOptions options)
    {
        // All pieces are UTF-8: a text of both encodings comes out wrong.
        writer.WriteStringValueSegment(Encoding.UTF8.GetBytes(value.Before), isFinalSegment: false);
        Span<byte> piece = stackalloc byte[Base64.GetMaxEncodedToUtf8Length(PieceBytes)];
        for (var rest = value.Data.Span; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, PieceBytes)..])
        {
            var bytes = rest[..Math.Min(rest.Length, PieceBytes)];
            Base64.EncodeToUtf8(bytes, piece, out _, out var written);
            writer.WriteStringValueSegment(piece[..written], isFinalSegment: false);
        }

        writer.WriteStringValueSegment(ReadOnlySpan<byte>.Empty, isFinalSegment: true);
    }
}
