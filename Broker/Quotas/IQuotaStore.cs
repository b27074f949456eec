namespace Polydev.Broker.Quotas;

/// <summary>Counts calls, exactly: over all threads and all brokers on one database.</summary>
internal interface IQuotaStore
{
    /// <summary>
    /// Counts one call of the key in each of its windows and in its account's, or in none where one of them is full. In one round trip.
    /// What it has told has been committed: a broker that is killed then loses no count.
    /// </summary>
    /// <returns>Null where there is no such key, or it is revoked, or it has expired.</returns>
    ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Takes a counted call back, out of the windows that it was counted in: one that is over meanwhile is left alone.</summary>
    ValueTask GiveBackAsync(Admission admission, CancellationToken cancellationToken);

    /// <summary>The windows as they stand; null where there is no such key.</summary>
    ValueTask<QuotaState?> ReadAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>What became of a call that asked to be counted.</summary>
/// <param name="State">With the call, where it was counted.</param>
/// <param name="IsCounted">False: a window is full.</param>
internal sealed record Admission(string KeyId, string AccountId, QuotaState State, bool IsCounted);
