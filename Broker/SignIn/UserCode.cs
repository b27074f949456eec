using System.Security.Cryptography;
using System.Text;

namespace Polydev.Broker.SignIn;

/// <summary>
/// What a person reads in a terminal and types in a browser: eight consonants, so that they spell no word, some 34 bits. In memory it is
/// without the dash that it is shown with; stored is its hash.
/// </summary>
internal static class UserCode
{
    public const int Length = 8;

    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";

    public static string Create() => RandomNumberGenerator.GetString(Alphabet, Length);

    public static string Show(string code) => $"{code[..(Length / 2)]}-{code[(Length / 2)..]}";

    /// <summary>SHA-256, in hex: a copy of the database shows no code while it is good, which is ten minutes.</summary>
    public static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(code)));

    /// <summary>Reads what was typed: either case, with or without dash and spaces. Null where it can be no code.</summary>
    public static string? Parse(string? typed)
    {
        if (typed is null || typed.Length > 4 * Length)
        {
            return null;
        }

        var code = string.Concat(typed.Where(c => c is not '-' && !char.IsWhiteSpace(c)).Select(char.ToUpperInvariant));
        return code.Length == Length && code.All(Alphabet.Contains) ? code : null;
    }
}
