using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Polydev.EndToEnd.Tests.Media;

/// <summary>Real pictures and documents of a wanted size: the CLIs decode them. Noise does not compress.</summary>
internal static class Noise
{
    /// <param name="side">Of a square, see <see cref="Png(int, int)"/>.</param>
    public static byte[] Png(int side) => Png(side, side);

    /// <summary>A PNG of 8-bit RGB pixels: it comes to three bytes for each, and some hundred more.</summary>
    public static byte[] Png(int width, int height)
    {
        var lines = new byte[height * (1 + (width * 3))];
        new Random(width).NextBytes(lines);
        for (var line = 0; line < height; line++)
        {
            // The line is not told by the one before.
            lines[line * (1 + (width * 3))] = 0;
        }

        using var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.NoCompression))
        {
            zlib.Write(lines);
        }

        var size = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(size, width);
        BinaryPrimitives.WriteInt32BigEndian(size.AsSpan(4), height);
        return
        [
            0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR"u8, [.. size, 8, 2, 0, 0, 0]), .. Chunk("IDAT"u8, pixels.ToArray()),
            .. Chunk("IEND"u8, []),
        ];
    }

    /// <summary>A PDF of one empty page, whose readers pass over the noise behind the first line.</summary>
    public static byte[] Pdf(int noise)
    {
        var hex = new byte[noise / 2];
        new Random(noise).NextBytes(hex);
        var objects = $"""
            %PDF-1.4
            %{Convert.ToHexString(hex)}
            1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
            2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
            3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>> endobj

            """;
        string[] entries = [.. Enumerable.Range(1, 3).Select(number => $"{At(objects, $"{number} 0 obj"):D10} 00000 n ")];
        return
        [
            .. Encoding.ASCII.GetBytes($"""
                {objects}xref
                0 4
                {string.Join('\n', ["0000000000 65535 f ", .. entries])}
                trailer <</Size 4/Root 1 0 R>>
                startxref
                {objects.Length}
                %%EOF
                """),
        ];
    }

    private static int At(string objects, string start) => objects.IndexOf($"\n{start}", StringComparison.Ordinal) + 1;

    private static byte[] Chunk(ReadOnlySpan<byte> name, byte[] data)
    {
        byte[] named = [.. name, .. data];
        var length = new byte[4];
        var check = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(check, Crc32(named));
        return [.. length, .. named, .. check];
    }

    private static uint Crc32(byte[] data)
    {
        var rest = uint.MaxValue;
        foreach (var value in data)
        {
            rest ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                rest = (rest >> 1) ^ ((rest & 1) * 0xEDB88320);
            }
        }

        return ~rest;
    }
}
