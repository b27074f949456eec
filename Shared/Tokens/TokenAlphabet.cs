using System.Buffers;
using System.Security.Cryptography;

namespace Polydev.Shared.Tokens;

/// <summary>Lower-case Crockford base 32: five bits a character, none that is taken for another (no i, l, o, u).</summary>
public static class TokenAlphabet
{
    public const int BitsPerCharacter = 5;

    public const string Characters = "0123456789abcdefghjkmnpqrstvwxyz";

    private static readonly SearchValues<char> Known = SearchValues.Create(Characters);

    /// <summary>Text from the system's cryptographic random source, five bits for each character.</summary>
    public static string Random(int length) => RandomNumberGenerator.GetString(Characters, length);

    public static bool Contains(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Known);
}
