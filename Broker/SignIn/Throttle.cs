using Polydev.Broker.Errors;

namespace Polydev.Broker.SignIn;

/// <summary>
/// So many tries a minute for each address, account or whoever else, in this process. A try counts when it begins and is given back when it
/// was right, so that a thousand at once are not a thousand tries.
/// </summary>
internal sealed class Throttle(TimeProvider time)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Some 200 bytes each.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(ThrottledTry Kind, string Who), Tries> _tries = [];

    /// <exception cref="ThrottledException">There were as many as may be, and it counts for nothing.</exception>
    public void Enter(ThrottledTry kind, string who)
    {
        lock (_lock)
        {
            if (!_tries.TryGetValue((kind, who), out var tries) || IsOver(tries))
            {
                MakeRoom();
                tries = new Tries(0, time.GetTimestamp());
            }

            if (tries.Count >= MostOf(kind))
            {
                throw new ThrottledException(Window - time.GetElapsedTime(tries.Since));
            }

            _tries[(kind, who)] = tries with { Count = tries.Count + 1 };
        }
    }

    /// <summary>The try was a right one.</summary>
    public void GiveBack(ThrottledTry kind, string who)
    {
        lock (_lock)
        {
            if (_tries.TryGetValue((kind, who), out var tries) && tries.Count > 0)
            {
                _tries[(kind, who)] = tries with { Count = tries.Count - 1 };
            }
        }
    }

    private static int MostOf(ThrottledTry kind) => kind switch
    {
        ThrottledTry.UserCode => 5,
        ThrottledTry.Link => 10,
        ThrottledTry.DeviceCode => 12,
        ThrottledTry.DeviceToken => 30,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private bool IsOver(Tries tries) => time.GetElapsedTime(tries.Since) >= Window;

    private void MakeRoom()
    {
        if (_tries.Count < Capacity)
        {
            return;
        }

        foreach (var (who, tries) in _tries)
        {
            if (IsOver(tries))
            {
                _tries.Remove(who);
            }
        }

        if (_tries.Count >= Capacity)
        {
            // Ten thousand within a minute: whoever that is, memory is bounded, and secrets of 160 bits are not guessed meanwhile.
            _tries.Clear();
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
}

/// <summary>Too many tries.</summary>
internal sealed class ThrottledException(TimeSpan wait)
    : ApiException(new ApiError(ApiErrorKind.RateLimited, "Too many tries. Wait a minute.") { RetryAfter = wait });
