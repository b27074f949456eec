using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>
/// What an account is called in Anthropic's headers: a UUID, always the same one, from which the account's id is not to be found. Kept,
/// because each call asks.
/// </summary>
internal sealed class OrganizationIds
{
    /// <summary>Some 200 bytes each.</summary>
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    public string Of(string accountId)
    {
        if (_known.TryGetValue(accountId, out var known))
        {
            return known;
        }

        if (_known.Count >= Capacity)
        {
            // Whoever is still at it is made once more.
            _known.Clear();
        }

        return _known[accountId] = Make(accountId);
    }

    // Of version 8, which is for whoever makes one in a way of his own (RFC 9562, section 5.8).
    private static string Make(string accountId)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"anthropic-organization-id {accountId}")).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
