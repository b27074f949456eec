using Polydev.Broker.Errors;

namespace Polydev.Broker.SignIn;

/// <summary>
/// So many tries a minute for each address, account or whoever else, in this process. A try counts when it begins and is given back when it
/// was right, so that a thousand at once are not a thousand tries.
/// </summary>
internal sealed class Throttle(TimeProvider time)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Of each kind; some 200 bytes each.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _lock = new();
    // One for each kind: who floods one kind empties that one's alone.
    private readonly Dictionary<string, Tries>[] _tries = [.. Enum.GetValues<ThrottledTry>().Select(_ => new Dictionary<string, Tries>())];

    /// <exception cref="ThrottledException">There were as many as may be, and it counts for nothing.</exception>
    public void Enter(ThrottledTry kind, string who)
    {
        lock (_lock)
        {
            var all = _tries[(int)kind];
            if (!all.TryGetValue(who, out var tries) || IsOver(tries))
            {
                MakeRoom(all);
                tries = new Tries(0, time.GetTimestamp());
            }

            if (tries.Count >= MostOf(kind))
            {
                throw new ThrottledException(Window - time.GetElapsedTime(tries.Since));
            }

            all[who] = tries with { Count = tries.Count + 1 };
        }
    }

    /// <summary>The try was a right one.</summary>
    public void GiveBack(ThrottledTry kind, string who)
    {
        lock (_lock)
        {
            if (_tries[(int)kind].TryGetValue(who, out var tries) && tries.Count > 0)
            {
                _tries[(int)kind][who] = tries with { Count = tries.Count - 1 };
            }
        }
    }

    private static int MostOf(ThrottledTry kind) => kind switch
    {
        ThrottledTry.UserCode => 5,
        ThrottledTry.Link => 10,
        ThrottledTry.DeviceCode => 12,
        ThrottledTry.DeviceToken => 30,
        ThrottledTry.ProviderStart => 30,
        ThrottledTry.ProviderAnswer => 10,
        ThrottledTry.ProviderSession => 10,
        ThrottledTry.AccountToken => 30,
        ThrottledTry.ApiKey => 60,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private bool IsOver(Tries tries) => time.GetElapsedTime(tries.Since) >= Window;

    private void MakeRoom(Dictionary<string, Tries> all)
    {
        if (all.Count < Capacity)
        {
            return;
        }

        foreach (var (who, tries) in all)
        {
            if (IsOver(tries))
            {
                all.Remove(who);
            }
        }

        if (all.Count >= Capacity)
        {
            // Ten thousand within a minute: whoever that is, memory is bounded. Links, device codes and tokens have 160 bits; a user code
            // has 34, and is tried by who is signed in alone.
            all.Clear();
        }
    }

    private readonly record struct Tries(int Count, long Since);
}

/// <summary>What is throttled.</summary>
internal enum ThrottledTry
{
    /// <summary>A user code that is none.</summary>
    UserCode,

    /// <summary>A link that signs nobody in.</summary>
    Link,

    /// <summary>A machine that asks for a code.</summary>
    DeviceCode,

    /// <summary>A device code, or a token to be revoked, that is none.</summary>
    DeviceToken,

    /// <summary>Somebody who is sent to the provider, and is not back yet as somebody whom it knows.</summary>
    ProviderStart,

    /// <summary>An answer of the provider's that confirms nobody.</summary>
    ProviderAnswer,

    /// <summary>A session that the provider's word has begun, of one account.</summary>
    ProviderSession,

    /// <summary>A token at the management API that is none.</summary>
    AccountToken,

    /// <summary>A key at the API that is none.</summary>
    ApiKey,
}

/// <summary>Too many tries.</summary>
internal sealed class ThrottledException(TimeSpan wait)
    : ApiException(new ApiError(ApiErrorKind.RateLimited, "Too many tries. Wait a minute.") { RetryAfter = wait });
