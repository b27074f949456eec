using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Polydev.Shared.Tokens;

/// <summary>
/// An API key, a tunnel token or another secret of ours: prefix, public id (12 characters), secret (32 characters, 160 bits), checksum (7).
/// <see cref="ToString"/> gives the public part only, so that a log line cannot leak the secret.
/// </summary>
public sealed partial class SecretToken
{
    public const int IdLength = 12;

    private const int SecretLength = 32;
    private const int BodyLength = IdLength + SecretLength + TokenChecksum.Length;

    private readonly string _prefix;
    private readonly string _text;

    private SecretToken(string prefix, string text)
    {
        _prefix = prefix;
        _text = text;
        Id = text.Substring(prefix.Length, IdLength);
    }

    /// <summary>What may be stored, listed and logged.</summary>
    public string Id { get; }

    private ReadOnlySpan<char> Secret => _text.AsSpan(_prefix.Length + IdLength, SecretLength);

    /// <summary>A new one, see <see cref="TokenPrefixes"/>.</summary>
    public static SecretToken Create(string prefix) => Create(prefix, NewId());

    public static string NewId() => TokenAlphabet.Random(IdLength);

    /// <summary>A new secret of what is known by <paramref name="id"/>, which is of an earlier one.</summary>
    public static SecretToken Create(string prefix, string id)
    {
        var body = prefix + id + TokenAlphabet.Random(SecretLength);
        return new SecretToken(prefix, body + ChecksumOf(body));
    }

    /// <summary>
    /// Reads the exact text that was given out. Prefix, length, alphabet and checksum are verified; whether it was ever given out is not.
    /// </summary>
    public static bool TryParse(string prefix, string? text, [NotNullWhen(true)] out SecretToken? token)
    {
        token = null;
        if (text is null
            || text.Length != prefix.Length + BodyLength
            || !text.StartsWith(prefix, StringComparison.Ordinal)
            || !TokenAlphabet.Contains(text.AsSpan(prefix.Length))
            || !text.EndsWith(ChecksumOf(text.AsSpan(0, text.Length - TokenChecksum.Length)), StringComparison.Ordinal))
        {
            return false;
        }

        token = new SecretToken(prefix, text);
        return true;
    }

    /// <summary>The text, where each secret that stands in it is cut to its public part: for what is told of a request or logged.</summary>
    public static string Mask(string text) => Shape().Replace(text, "${public}…");

    /// <summary>The whole text: to be shown to its owner once, and never kept.</summary>
    public string Reveal() => _text;

    /// <summary>SHA-256 of the secret part, 32 bytes. Its 160 random bits make a slow password hash needless.</summary>
    public byte[] Hash()
    {
        Span<byte> bytes = stackalloc byte[SecretLength];
        Encoding.ASCII.GetBytes(Secret, bytes);
        return SHA256.HashData(bytes);
    }

    /// <summary>In constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> hash) => CryptographicOperations.FixedTimeEquals(Hash(), hash);

    public override string ToString() => $"{_prefix}{Id}…";

    // Of any prefix, the broker's own too; the lengths of Id, secret and checksum, of which the last need not be right.
    [GeneratedRegex("(?<public>p[a-z][-_][0-9a-z]{12})[0-9a-z]{39}", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    private static string ChecksumOf(ReadOnlySpan<char> text)
    {
        Span<char> checksum = stackalloc char[TokenChecksum.Length];
        TokenChecksum.Write(text, checksum);
        return new string(checksum);
    }
}

/// <summary>
/// What a secret's text begins with: it tells a reader, and a secret scanner, which one it is. Those that the broker alone reads begin with
/// <c>p</c> and a letter too.
/// </summary>
public static class TokenPrefixes
{
    /// <summary>A caller of the API.</summary>
    public const string ApiKey = "pk-";

    /// <summary>A tunnel.</summary>
    public const string Tunnel = "pd_";

    /// <summary>A program at the management API.</summary>
    public const string Account = "pa_";
}

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
