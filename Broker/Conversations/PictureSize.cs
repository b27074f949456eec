using System.Buffers.Binary;

namespace Polydev.Broker.Conversations;

/// <summary>Of a picture, in pixels, as its first bytes tell it.</summary>
internal readonly record struct PictureSize(int Width, int Height)
{
    /// <summary>Null where it is no PNG, JPEG, GIF or WebP, or not a whole head of one.</summary>
    public static PictureSize? Of(ReadOnlySpan<byte> data) => data switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] when data.Length >= 24 => new PictureSize(
            BinaryPrimitives.ReadInt32BigEndian(data[16..]), BinaryPrimitives.ReadInt32BigEndian(data[20..])),
        [(byte)'G', (byte)'I', (byte)'F', ..] when data.Length >= 10 => new PictureSize(Word(data[6..]), Word(data[8..])),
        [0xFF, 0xD8, ..] => OfJpeg(data[2..]),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] when data.Length >= 30 => OfWebP(data[12..]),
        _ => null,
    };

    // Segment by segment, to the one that begins a frame (ITU T.81, B.1.1 and B.2.2).
    private static PictureSize? OfJpeg(ReadOnlySpan<byte> segments)
    {
        while (segments.Length >= 9 && segments[0] == 0xFF)
        {
            switch (segments[1])
            {
                case 0xFF:
                    segments = segments[1..];
                    break;
                case 0x01 or (>= 0xD0 and <= 0xD9):
                    segments = segments[2..];
                    break;
                case >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC):
                    return new PictureSize(
                        BinaryPrimitives.ReadUInt16BigEndian(segments[7..]), BinaryPrimitives.ReadUInt16BigEndian(segments[5..]));
                default:
                    segments = segments[Math.Min(segments.Length, 2 + BinaryPrimitives.ReadUInt16BigEndian(segments[2..]))..];
                    break;
            }
        }

        return null;
    }

    // Its first chunk, of three kinds (RFC 9649, 2.5 to 2.7).
    private static PictureSize? OfWebP(ReadOnlySpan<byte> chunk) => chunk[3] switch
    {
        (byte)' ' => new PictureSize(Word(chunk[14..]) & 0x3FFF, Word(chunk[16..]) & 0x3FFF),
        (byte)'L' when BinaryPrimitives.ReadInt32LittleEndian(chunk[9..]) is var bits =>
            new PictureSize((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1),
        (byte)'X' => new PictureSize(Word24(chunk[12..]) + 1, Word24(chunk[15..]) + 1),
        _ => null,
    };

    private static int Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static int Word24(ReadOnlySpan<byte> bytes) => Word(bytes) | (bytes[2] << 16);
}
