using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Accounts;
using Polydev.Broker.Companion;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Companion;

/// <summary>The key that <c>--with-tunnel</c> prints lives as long as its broker, however that ends, and no other's.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CompanionCredentialsTests
{
    private static readonly TimeSpan Half = CompanionCredentials.Lifetime / 2;

    private readonly FakeTimeProvider _time = new();

    // A run that is collected would let go of its lease.
    private readonly List<CompanionCredentials> _runs = [];
    private TemporaryDatabase _temporary = null!;
    private CredentialStore _store = null!;
    private CredentialIssuer _issuer = null!;
    private CredentialAuthenticator _authenticator = null!;

    [SetUp]
    public void SetUp()
    {
        _temporary = new TemporaryDatabase();
        _store = new CredentialStore(_temporary.Open());
        var cache = new CredentialCache(_time);
        _issuer = new CredentialIssuer(_store, new Revocations(cache), _time);
        _authenticator = new CredentialAuthenticator(_store, cache, _time);
    }

    [TearDown]
    public async Task TearDown()
    {
        foreach (var run in _runs)
        {
            await run.RevokeAsync();
        }

        _temporary.Dispose();
    }

    [Test]
    public async Task Key_OfAKilledRun_ExpiresWithoutAnyOtherBroker()
    {
        var (_, token, key) = await Run().CreateAsync(default);
        Assert.That(await AreGoodAsync(token, key), Is.True);

        _time.Advance(CompanionCredentials.Lifetime);

        Assert.That(await AreGoodAsync(token, key), Is.False);
    }

    [Test]
    public async Task Key_OfALivingRun_IsRenewedForAsLongAsItLives()
    {
        var run = Run();
        var (_, token, key) = await run.CreateAsync(default);
        using var ending = new CancellationTokenSource();
        var keeping = run.KeepAsync(NullLogger.Instance, ending.Token);

        for (var halves = 0; halves < 5; halves++)
        {
            var until = _time.GetUtcNow() + Half;
            _time.Advance(Half);
            await RenewedAsync(key, until + CompanionCredentials.Lifetime);
            Assert.That(await AreGoodAsync(token, key), Is.True);
        }

        await ending.CancelAsync();
        await keeping.DefaultTimeout();
    }

    [Test]
    public async Task Key_OfARunWhoseMachineSlept_IsGoodAgainAtTheNextLook()
    {
        var run = Run();
        var (_, token, key) = await run.CreateAsync(default);
        using var ending = new CancellationTokenSource();

        // The clock on the wall goes on in sleep, timers do not: this one begins after it.
        _time.Advance(CompanionCredentials.Lifetime * 3);
        var keeping = run.KeepAsync(NullLogger.Instance, ending.Token);
        Assert.That(await AreGoodAsync(token, key), Is.False);

        _time.Advance(CompanionCredentials.LookInterval);
        await RenewedAsync(key, _time.GetUtcNow() + CompanionCredentials.Lifetime);

        Assert.That(await AreGoodAsync(token, key), Is.True);
        await ending.CancelAsync();
        await keeping.DefaultTimeout();
    }

    /// <summary>A killed run's lease is left behind, held by nobody; a sweep, or a person, may have taken it away.</summary>
    [Test]
    public async Task Sweep_AtTheStartOfAnyBroker_EndsTheDeadAndSparesTheLiving([Values] bool isLeaseLeft)
    {
        var dead = await Run().CreateAsync(default);
        LetGoOf(Leases().Single(), isLeaseLeft);
        var living = await Run().CreateAsync(default);
        var named = await IssueAsync("with-tunnel laptop");

        await new CompanionSweep(Run()).StartAsync(default);

        Assert.That(await AreGoodAsync(living.Token, living.Key), Is.True, "the living run's");
        Assert.That(await AreGoodAsync(dead.Token, dead.Key), Is.False, "the dead run's");
        Assert.That(await AreGoodAsync(null, named), Is.True, "a key that a person has named so");
        Assert.That(Leases(), Has.Length.EqualTo(1), "the living run's");
    }

    [Test]
    public async Task Revoke_AtTheEndOfARun_EndsItsOwnAlone()
    {
        var (first, second) = (Run(), Run());
        var (_, firstToken, firstKey) = await first.CreateAsync(default);
        var (_, secondToken, secondKey) = await second.CreateAsync(default);

        await second.RevokeAsync();

        Assert.That(await AreGoodAsync(firstToken, firstKey), Is.True);
        Assert.That(await AreGoodAsync(secondToken, secondKey), Is.False);
    }

    private CompanionCredentials Run()
    {
        var accounts = new AccountDirectory(new AccountStore(_temporary.Open()), _time);
        var options = new CompanionOptions { DataFolder = _temporary.DataFolder };
        _runs.Add(new CompanionCredentials(options, accounts, _issuer, _store, _time));
        return _runs[^1];
    }

    private async Task<bool> AreGoodAsync(string? token, string key)
    {
        // What was remembered of them half a second ago does not count.
        _time.Advance(CredentialCache.Lifetime);
        var isTokenGood = token is null || await _authenticator.AuthenticateAsync(CredentialKind.TunnelToken, token, default) is not null;
        var isKeyGood = await _authenticator.AuthenticateAsync(CredentialKind.ApiKey, key, default) is not null;
        Assert.That(isTokenGood, token is null ? Is.True : Is.EqualTo(isKeyGood), "Token and key live and die together.");
        return isKeyGood;
    }

    private async Task RenewedAsync(string key, DateTimeOffset until)
    {
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        var id = key["pk-".Length..][..12];
        while ((await _store.FindAsync(CredentialKind.ApiKey, id, default))!.Credential.ExpiresAt < until - CredentialCache.Lifetime)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<string> IssueAsync(string name)
    {
        var request = new CredentialRequest { Kind = CredentialKind.ApiKey, AccountId = Account.OwnerId, Name = name };
        return (await _issuer.IssueAsync(request, default)).Secret.Reveal();
    }

    private string[] Leases() => Directory.GetFiles(_temporary.DataFolder, "with-tunnel-*.lock");

    // As a kill does it: the name stays, but not the hold on what it names, which is this process's own and cannot be let go of alone.
    private static void LetGoOf(string lease, bool isLeft)
    {
        File.Delete(lease);
        if (isLeft)
        {
            File.WriteAllBytes(lease, []);
        }
    }
}
