using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Limits;

namespace Polydev.Broker.Tests.Limits;

/// <summary>Who may have how many calls in hand, and that a place is given back once.</summary>
public sealed class CallsInHandTests
{
    private static readonly LimitOptions Limits = new() { CallsPerKey = 2, CallsPerAccount = 3, Calls = 4 };

    [Test]
    public void Take_MoreThanAKeyMay_IsRateLimited()
    {
        var calls = new CallsInHand(Limits);
        calls.Take(Key("k1", "a"));
        calls.Take(Key("k1", "a"));

        Expect(calls, Key("k1", "a"), ApiErrorKind.RateLimited, "key has 2");
        Assert.That(() => calls.Take(Key("k2", "a")), Throws.Nothing);
    }

    [Test]
    public void Take_MoreThanAnAccountMay_IsRateLimited()
    {
        var calls = new CallsInHand(Limits);
        calls.Take(Key("k1", "a"));
        calls.Take(Key("k1", "a"));
        calls.Take(Key("k2", "a"));

        Expect(calls, Key("k2", "a"), ApiErrorKind.RateLimited, "account has 3");
        Assert.That(() => calls.Take(Key("k3", "b")), Throws.Nothing);
    }

    [Test]
    public void Take_MoreThanTheBrokerMay_IsOverloaded()
    {
        var calls = new CallsInHand(Limits);
        foreach (var id in (string[])["1", "2", "3", "4"])
        {
            calls.Take(Key(id, id));
        }

        Expect(calls, Key("5", "5"), ApiErrorKind.Overloaded, "broker has 4");
    }

    [Test]
    public void Dispose_Twice_GivesThePlaceBackOnce()
    {
        var calls = new CallsInHand(Limits);
        var place = calls.Take(Key("k1", "a"));
        calls.Take(Key("k1", "a"));

        place.Dispose();
        place.Dispose();

        Assert.That(calls.Count, Is.EqualTo(1));
        calls.Take(Key("k1", "a"));
        Expect(calls, Key("k1", "a"), ApiErrorKind.RateLimited, "key has 2");
    }

    [Test]
    public void Take_AndDispose_FromManyThreads_LeavesNothing()
    {
        var calls = new CallsInHand(Limits);

        Parallel.For(0, 10_000, index =>
        {
            try
            {
                using var place = calls.Take(Key($"k{index % 3}", $"a{index % 2}"));
            }
            catch (ApiException)
            {
                // Full for the moment; that is not what is looked at here.
            }
        });

        Assert.That(calls.Count, Is.Zero);
        Assert.That(() => calls.Take(Key("k1", "a1")), Throws.Nothing);
    }

    private static void Expect(CallsInHand calls, Credential caller, ApiErrorKind kind, string text)
    {
        var error = Assert.Throws<ApiException>(() => calls.Take(caller))!.Error;
        Assert.That(error.Kind, Is.EqualTo(kind));
        Assert.That(error.Message, Does.Contain(text));
        Assert.That(error.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
    }

    private static Credential Key(string id, string account) => new()
    {
        Id = id,
        Kind = CredentialKind.ApiKey,
        AccountId = account,
        Name = "test",
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
