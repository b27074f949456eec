namespace Polydev.Broker.Tests.Dialects.Media;

/// <summary>Bytes that begin as those of a type do; every byte there is comes after that.</summary>
internal static class SomeMedia
{
    public static byte[] Of(string type, int length = 600)
    {
        byte[] head = type switch
        {
            "image/png" => [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A],
            "image/jpeg" => [0xFF, 0xD8, 0xFF, 0xE0],
            "image/gif" => [.. "GIF89a"u8],
            "image/webp" => [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBP"u8],
            "application/pdf" => [.. "%PDF-1.7\n"u8],
            _ => [],
        };
        var data = new byte[length];
        for (var index = 0; index < length; index++)
        {
            data[index] = index < head.Length ? head[index] : (byte)index;
        }

        return data;
    }
}
