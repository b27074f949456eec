using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Tests.SignIn;

public sealed class ThrottleTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void Enter_AsOftenAsMayBe_ThenWaitsForTheRestOfTheMinute()
    {
        var throttle = new Throttle(_time);
        for (var number = 0; number < 5; number++)
        {
            throttle.Enter(ThrottledTry.UserCode, "a");
        }

        _time.Advance(TimeSpan.FromSeconds(20));

        var refused = Assert.Throws<ThrottledException>(() => throttle.Enter(ThrottledTry.UserCode, "a"))!;
        Assert.That(refused.Error.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(40)));
        Assert.DoesNotThrow(() => throttle.Enter(ThrottledTry.UserCode, "b"));
        Assert.DoesNotThrow(() => throttle.Enter(ThrottledTry.Link, "a"));
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.DoesNotThrow(() => throttle.Enter(ThrottledTry.UserCode, "a"));
    }

    [Test]
    public void GiveBack_RightTries_CountForNothing()
    {
        var throttle = new Throttle(_time);
        for (var number = 0; number < 50; number++)
        {
            throttle.Enter(ThrottledTry.UserCode, "a");
            throttle.GiveBack(ThrottledTry.UserCode, "a");
        }

        Assert.DoesNotThrow(() => throttle.Enter(ThrottledTry.UserCode, "a"));
    }

    [Test]
    public void Enter_ByMoreThanItRemembers_ForgetsThoseThatAreOver()
    {
        var throttle = new Throttle(_time);
        for (var number = 0; number < Throttle.Capacity - 1; number++)
        {
            throttle.Enter(ThrottledTry.Link, $"{number}");
        }

        _time.Advance(Throttle.Window);
        for (var number = 0; number < 5; number++)
        {
            throttle.Enter(ThrottledTry.UserCode, "a");
        }

        throttle.Enter(ThrottledTry.Link, "new");

        Assert.Throws<ThrottledException>(() => throttle.Enter(ThrottledTry.UserCode, "a"), "what is not over stays");
    }
}
