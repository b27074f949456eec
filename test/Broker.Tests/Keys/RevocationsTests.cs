using Polydev.Broker.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Keys;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RevocationsTests
{
    private readonly Revocations _revocations = new(new CredentialCache(TimeProvider.System));

    [Test]
    public async Task Announce_Watched_CancelsAllOfThatCredentialOnly()
    {
        using var first = _revocations.Watch(Make("k1"));
        using var second = _revocations.Watch(Make("k1"));
        using var other = _revocations.Watch(Make("k2"));

        await _revocations.AnnounceAsync("k1").DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(first.Revoked.IsCancellationRequested, Is.True);
            Assert.That(second.Revoked.IsCancellationRequested, Is.True);
            Assert.That(other.Revoked.IsCancellationRequested, Is.False);
            Assert.That(_revocations.WatchedIds(), Is.EqualTo(new[] { "k2" }));
        });
    }

    [Test]
    public async Task Announce_OneCallbackThrows_StillCancelsTheOthers()
    {
        using var first = _revocations.Watch(Make("k1"));
        using var second = _revocations.Watch(Make("k1"));
        first.Revoked.Register(() => throw new InvalidOperationException("on purpose"));

        Assert.That(() => _revocations.AnnounceAsync("k1"), Throws.InstanceOf<Exception>());

        Assert.That(second.Revoked.IsCancellationRequested, Is.True);
        await _revocations.AnnounceAsync("k1").DefaultTimeout();
    }

    [Test]
    public async Task Dispose_Watch_IsForgotten()
    {
        var left = _revocations.Watch(Make("k1"));
        using var stays = _revocations.Watch(Make("k1"));

        left.Dispose();
        left.Dispose();
        Assert.That(_revocations.WatchedIds(), Is.EqualTo(new[] { "k1" }));
        await _revocations.AnnounceAsync("k1").DefaultTimeout();

        Assert.That(left.Revoked.IsCancellationRequested, Is.False);
        Assert.That(stays.Revoked.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task Watch_AfterARevocation_IsOfTheCredentialAnew()
    {
        using var first = _revocations.Watch(Make("k1"));
        await _revocations.AnnounceAsync("k1").DefaultTimeout();

        using var second = _revocations.Watch(Make("k1"));
        first.Dispose();

        Assert.That(second.Revoked.IsCancellationRequested, Is.False);
        Assert.That(_revocations.WatchedIds(), Is.EqualTo(new[] { "k1" }));
        await _revocations.AnnounceAsync("k1").DefaultTimeout();
        Assert.That(second.Revoked.IsCancellationRequested, Is.True);
    }

    [Test]
    public void Watch_TheNextCallOfAKey_SharesTheTokenOfTheLast()
    {
        CancellationToken last;
        using (var watch = _revocations.Watch(Make("k1")))
        {
            last = watch.Revoked;
        }

        using var next = _revocations.Watch(Make("k1"));

        Assert.That(next.Revoked, Is.EqualTo(last));
    }

    [Test]
    public async Task WaitUntilWatched_ComesAndGoes_FollowsIt()
    {
        Assert.That(_revocations.WaitUntilWatchedAsync(default).IsCompleted, Is.False);

        var watch = _revocations.Watch(Make("k1"));
        await _revocations.WaitUntilWatchedAsync(default).DefaultTimeout();

        watch.Dispose();
        Assert.That(_revocations.WatchedIds(), Is.Empty);
        Assert.That(_revocations.WaitUntilWatchedAsync(default).IsCompleted, Is.False);

        using var again = _revocations.Watch(Make("k2"));
        await _revocations.AnnounceAsync("k2").DefaultTimeout();
        Assert.That(_revocations.WaitUntilWatchedAsync(default).IsCompleted, Is.False);
    }

    private static Credential Make(string id) => new()
    {
        Id = id,
        Kind = CredentialKind.TunnelToken,
        AccountId = "owner",
        Name = id,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
