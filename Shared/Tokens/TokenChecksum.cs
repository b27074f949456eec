using System.Numerics;

namespace Polydev.Shared.Tokens;

/// <summary>
/// CRC-32C as seven characters. It finds every change of one character and every swap of two neighbours, so that a mistyped or
/// cut secret is refused without a database; it protects against accidents, not against forgers.
/// </summary>
internal static class TokenChecksum
{
    public const int Length = 7;

    /// <summary>Of ASCII text, into the first seven characters of <paramref name="destination"/>.</summary>
    public static void Write(ReadOnlySpan<char> text, Span<char> destination)
    {
        var crc = uint.MaxValue;
        foreach (var character in text)
        {
            crc = BitOperations.Crc32C(crc, (byte)character);
        }

        for (var i = Length - 1; i >= 0; i--)
        {
            destination[i] = TokenAlphabet.Characters[(int)(crc & 31)];
            crc >>= TokenAlphabet.BitsPerCharacter;
        }
    }
}
