using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Tests.Tunnel;

public sealed class BackoffTests
{
    [Test]
    public void Next_AgainAndAgain_StaysNearForAMinuteAndThenDoublesToThirtySeconds()
    {
        var backoff = new Backoff(() => 1);

        var waits = Enumerable.Range(0, 50).Select(_ => backoff.Next().TotalSeconds).ToList();

        Assert.That(waits[..4], Is.EqualTo(new[] { 0.2, 0.4, 0.8, 1.6 }).Within(0.001));
        Assert.That(waits[4..40], Is.All.EqualTo(1.6).Within(0.001));
        Assert.That(waits[..40].Sum(), Is.EqualTo(60).Within(1.6));
        Assert.That(waits[40..47], Is.EqualTo(new[] { 3.2, 6.4, 12.8, 25.6, 30, 30, 30 }).Within(0.001));
    }

    [Test]
    public void Next_AnyRandomness_LiesBetweenNothingAndTheCeiling()
    {
        var backoff = new Backoff(() => 0.25);
        backoff.Next();

        Assert.That(backoff.Next().TotalSeconds, Is.EqualTo(0.1).Within(0.001));
    }

    [Test]
    public void Next_BrokerAsksForMore_WaitsThatAndTheJitter()
    {
        var backoff = new Backoff(() => 0.5);

        Assert.That(backoff.Next(TimeSpan.FromSeconds(5)).TotalSeconds, Is.EqualTo(5.1).Within(0.001));
    }

    [Test]
    public void Reset_AfterSome_BeginsAnew()
    {
        var backoff = new Backoff(() => 1);
        backoff.Next();
        backoff.Next();

        backoff.Reset();

        Assert.That(backoff.Next().TotalSeconds, Is.EqualTo(0.2).Within(0.001));
    }
}
