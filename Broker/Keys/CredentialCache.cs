using System.Collections.Concurrent;

namespace Polydev.Broker.Keys;

/// <summary>
/// Credentials whose secret has been proved, for 500 ms from the read that brought them: so long may a revocation by another process go
/// unseen. One in this process takes effect at once. Holds hashes, never secrets, and nothing of those who could not prove theirs.
/// </summary>
internal sealed class CredentialCache(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMilliseconds(500);

    /// <summary>Some 300 bytes each.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _generation;

    /// <summary>To be taken before the store is read: what is read may be added only while nothing has been revoked since.</summary>
    public CacheMoment Now => new(Volatile.Read(ref _generation), time.GetTimestamp());

    /// <summary>The caller still compares the secret.</summary>
    public StoredCredential? Find(CredentialKind kind, string id) =>
        _entries.TryGetValue(id, out var entry) && entry.Stored.Credential.Kind == kind && time.GetElapsedTime(entry.ReadAt) < Lifetime
            ? entry.Stored
            : null;

    /// <summary>False, and nothing is kept, where any credential has been revoked since the read began: it must be read again.</summary>
    public bool TryAdd(StoredCredential stored, CacheMoment readBegan)
    {
        lock (_changing)
        {
            if (readBegan.Generation != _generation)
            {
                return false;
            }

            if (_entries.Count >= Capacity)
            {
                // Whoever is still at it is read again once; the rest had expired long ago.
                _entries.Clear();
            }

            _entries[stored.Credential.Id] = new Entry(stored, readBegan.Timestamp);
            return true;
        }
    }

    public void Remove(string id)
    {
        lock (_changing)
        {
            _generation++;
            _entries.TryRemove(id, out _);
        }
    }

    private sealed record Entry(StoredCredential Stored, long ReadAt);
}

/// <summary>A moment in the life of a <see cref="CredentialCache"/>.</summary>
/// <param name="Generation">Rises with each revocation.</param>
internal readonly record struct CacheMoment(long Generation, long Timestamp);
