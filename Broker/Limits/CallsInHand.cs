using System.Runtime.InteropServices;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Limits;

/// <summary>
/// Counts the calls that have begun and not ended, for each key, for each account and for the broker, and lets no more begin than each may
/// have. Checked and counted under one lock, so that no two calls take the last place.
/// </summary>
internal sealed class CallsInHand(LimitOptions limits)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _accounts = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>Those of all callers.</summary>
    public int Count => Volatile.Read(ref _all);

    /// <summary>The caller disposes the place when the call ends.</summary>
    /// <exception cref="ApiException">RateLimited (key, account) or Overloaded (broker), naming the limit.</exception>
    public CallPlace Take(Credential caller)
    {
        lock (_lock)
        {
            if (_all >= limits.Calls)
            {
                throw Full(ApiErrorKind.Overloaded, $"This broker has {limits.Calls} calls in hand, as many as it takes at once.");
            }

            if (_accounts.GetValueOrDefault(caller.AccountId) >= limits.CallsPerAccount)
            {
                throw Full(
                    ApiErrorKind.RateLimited,
                    $"Rate limit exceeded: this account has {limits.CallsPerAccount} calls in hand, as many as it may have at once.");
            }

            if (_keys.GetValueOrDefault(caller.Id) >= limits.CallsPerKey)
            {
                throw Full(
                    ApiErrorKind.RateLimited,
                    $"Rate limit exceeded: this key has {limits.CallsPerKey} calls in hand, as many as it may have at once.");
            }

            _all++;
            CollectionsMarshal.GetValueRefOrAddDefault(_accounts, caller.AccountId, out _)++;
            CollectionsMarshal.GetValueRefOrAddDefault(_keys, caller.Id, out _)++;
        }

        return new CallPlace(this, caller);
    }

    internal void Leave(Credential caller)
    {
        lock (_lock)
        {
            _all--;
            Leave(_accounts, caller.AccountId);
            Leave(_keys, caller.Id);
        }
    }

    private static void Leave(Dictionary<string, int> counts, string id)
    {
        // Who has none in hand is not remembered: keys come and go.
        if (--CollectionsMarshal.GetValueRefOrAddDefault(counts, id, out _) == 0)
        {
            counts.Remove(id);
        }
    }

    private static ApiException Full(ApiErrorKind kind, string message) =>
        new(new ApiError(kind, $"{message} Try again when one has ended.") { RetryAfter = RetryAfter });
}

/// <summary>The place of one call in hand; given back once, however often it is disposed.</summary>
internal sealed class CallPlace(CallsInHand calls, Credential caller) : IDisposable
{
    private CallsInHand? _calls = calls;

    public void Dispose() => Interlocked.Exchange(ref _calls, null)?.Leave(caller);
}
