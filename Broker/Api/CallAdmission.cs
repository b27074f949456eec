using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Limits;

namespace Polydev.Broker.Api;

/// <summary>Lets a call begin, and bounds its life.</summary>
internal sealed class CallAdmission(CallsInHand calls, Revocations revocations, LimitOptions limits, TimeProvider time)
{
    /// <summary>The caller disposes the lifetime when the call has ended.</summary>
    /// <exception cref="ApiException">The key, its account or the broker has as many calls in hand as it may have.</exception>
    public CallLifetime Admit(HttpContext context, Credential caller) =>
        new(calls.Take(caller), revocations.Watch(caller), limits.CallTime, time, context.RequestAborted);
}

/// <summary>
/// One call from its admission on: it lives until it is answered, its caller has gone, its key is revoked, or its time is over. What
/// comes first is what has ended it.
/// </summary>
internal sealed class CallLifetime : IDisposable
{
    private static readonly ApiError KeyRevoked = new(ApiErrorKind.Unauthenticated, "The API key was revoked while the call ran.");

    private readonly CallPlace _place;
    private readonly RevocationWatch _revocation;
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _ending;
    private readonly CancellationTokenRegistration _onLeft;
    private readonly CancellationTokenRegistration _onRevoked;
    private int _cause;

    public CallLifetime(CallPlace place, RevocationWatch revocation, TimeSpan limit, TimeProvider time, CancellationToken callerLeft)
    {
        (_place, _revocation, _limit) = (place, revocation, limit);
        _ending = new CancellationTokenSource(limit, time);
        _onLeft = callerLeft.UnsafeRegister(static life => ((CallLifetime)life!).End(Cause.CallerLeft), this);
        _onRevoked = revocation.Revoked.UnsafeRegister(static life => ((CallLifetime)life!).End(Cause.KeyRevoked), this);
    }

    private enum Cause
    {
        TimeOver,
        CallerLeft,
        KeyRevoked,
    }

    /// <summary>Cancelled when the call is to end, whatever the cause.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>What the caller is told; null while the call goes on, and where he has gone.</summary>
    public ApiError? Reason => !_ending.IsCancellationRequested ? null : (Cause)Volatile.Read(ref _cause) switch
    {
        Cause.CallerLeft => null,
        Cause.KeyRevoked => KeyRevoked,
        _ => new ApiError(
            ApiErrorKind.TimedOut,
            $"Request timed out: the call took longer than the {_limit.TotalSeconds:0} seconds that this broker gives one. Ask for less.")
        {
            ShouldRetry = false,
        },
    };

    public void Dispose()
    {
        // The registrations first: they wait for a callback that runs, and that uses the source.
        _onLeft.Dispose();
        _onRevoked.Dispose();
        _ending.Dispose();
        _revocation.Dispose();
        _place.Dispose();
    }

    private void End(Cause cause)
    {
        if (!_ending.IsCancellationRequested && Interlocked.CompareExchange(ref _cause, (int)cause, (int)Cause.TimeOver) == 0)
        {
            _ending.Cancel();
        }
    }
}
