using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;
using Polydev.Shared.Tokens;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Keys;

/// <summary>What is remembered of a key, for how long, and what ends it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CredentialCacheTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private TemporaryDatabase _temporary = null!;
    private CountingCredentialStore _store = null!;
    private CredentialCache _cache = null!;
    private Revocations _revocations = null!;
    private CredentialIssuer _issuer = null!;
    private CredentialAuthenticator _authenticator = null!;
    private IssuedCredential _key = null!;

    [SetUp]
    public async Task SetUp()
    {
        _temporary = new TemporaryDatabase();
        var database = _temporary.Open();
        await new AccountDirectory(new AccountStore(database), _time).EnsureOwnerAsync(default);
        _store = new CountingCredentialStore(new CredentialStore(database));
        _cache = new CredentialCache(_time);
        _revocations = new Revocations(_cache);
        _issuer = new CredentialIssuer(_store, _revocations, _time);
        _authenticator = new CredentialAuthenticator(_store, _cache, _time);
        _key = await IssueAsync();
    }

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [Test]
    public async Task Authenticate_ASecondTime_ReadsNothing()
    {
        var first = await AuthenticateAsync();
        var second = await AuthenticateAsync();

        Assert.That(first, Is.EqualTo(_key.Credential));
        Assert.That(second, Is.EqualTo(_key.Credential));
        Assert.That(_store.Reads, Is.EqualTo(1));
    }

    [Test]
    public async Task Authenticate_WrongSecretOfARememberedId_IsRefusedAndChangesNothing()
    {
        var forged = SecretToken.Create(TokenPrefixes.ApiKey);
        var remembered = new StoredCredential(_key.Credential with { Id = forged.Id }, _key.Secret.Hash());
        _cache.TryAdd(remembered, _cache.Now);

        Assert.That(await AuthenticateAsync(forged.Reveal()), Is.Null);

        Assert.That(_cache.Find(CredentialKind.ApiKey, forged.Id), Is.SameAs(remembered));
        Assert.That(_store.Reads, Is.Zero);
    }

    [Test]
    public async Task Authenticate_WrongSecretOfAnIdThatIsRead_IsNotRemembered()
    {
        var forged = SecretToken.Create(TokenPrefixes.ApiKey);
        await _store.CreateAsync(new StoredCredential(_key.Credential with { Id = forged.Id }, _key.Secret.Hash()), default);

        Assert.That(await AuthenticateAsync(forged.Reveal()), Is.Null);

        Assert.That(_cache.Find(CredentialKind.ApiKey, forged.Id), Is.Null);
    }

    [Test]
    public async Task Authenticate_UnknownKey_IsReadEachTime()
    {
        var stranger = SecretToken.Create(TokenPrefixes.ApiKey).Reveal();

        Assert.That(await AuthenticateAsync(stranger), Is.Null);
        Assert.That(await AuthenticateAsync(stranger), Is.Null);

        Assert.That(_store.Reads, Is.EqualTo(2));
    }

    [Test]
    public async Task Authenticate_RememberedIdAsAnotherKind_IsNull()
    {
        await AuthenticateAsync();
        Assert.That(_cache.Find(CredentialKind.ApiKey, _key.Credential.Id), Is.Not.Null);

        Assert.That(_cache.Find(CredentialKind.TunnelToken, _key.Credential.Id), Is.Null);
    }

    [Test]
    public async Task Authenticate_HalfASecondAfterTheRead_ReadsAgainHoweverOftenItWasUsed()
    {
        await AuthenticateAsync();
        _time.Advance(CredentialCache.Lifetime / 2);
        await AuthenticateAsync();
        _time.Advance((CredentialCache.Lifetime / 2) - Millisecond);
        await AuthenticateAsync();
        Assert.That(_store.Reads, Is.EqualTo(1));

        _time.Advance(Millisecond);
        await AuthenticateAsync();

        Assert.That(_store.Reads, Is.EqualTo(2));
    }

    [Test]
    public async Task Authenticate_RevokedByAnotherProcess_IsRefusedAfterHalfASecond()
    {
        await AuthenticateAsync();
        var elsewhere = new CredentialStore(_temporary.Open());
        await elsewhere.RevokeAsync(CredentialKind.ApiKey, _key.Credential.Id, _time.GetUtcNow(), default);

        _time.Advance(CredentialCache.Lifetime);

        Assert.That(await AuthenticateAsync(), Is.Null);
    }

    [Test]
    public async Task Authenticate_RevokedHere_IsRefusedAtTheVeryNextCall()
    {
        var other = await IssueAsync();
        await AuthenticateAsync();
        await AuthenticateAsync(other.Secret.Reveal());

        await _issuer.RevokeAsync(CredentialKind.ApiKey, _key.Credential.Id, default);

        Assert.That(await AuthenticateAsync(), Is.Null);
        Assert.That(await AuthenticateAsync(other.Secret.Reveal()), Is.EqualTo(other.Credential));
        Assert.That(_store.Reads, Is.EqualTo(3), "Another key stays remembered.");
    }

    [Test]
    public async Task Authenticate_RevokedWhileItIsRead_IsRefusedAndNotRemembered()
    {
        var read = new SyncPoint();
        _store.AfterRead = read;
        var authenticating = AuthenticateAsync();
        await read.WaitForArrivalAsync();

        await _issuer.RevokeAsync(CredentialKind.ApiKey, _key.Credential.Id, default);
        read.Release();

        Assert.That(await authenticating, Is.Null);
        Assert.That(_cache.Find(CredentialKind.ApiKey, _key.Credential.Id), Is.Null);
        Assert.That(await AuthenticateAsync(), Is.Null);
    }

    [Test]
    public async Task Authenticate_AnotherKeyRevokedWhileItIsRead_IsReadAgainAndGood()
    {
        var other = await IssueAsync();
        var read = new SyncPoint();
        _store.AfterRead = read;
        var authenticating = AuthenticateAsync();
        await read.WaitForArrivalAsync();

        await _issuer.RevokeAsync(CredentialKind.ApiKey, other.Credential.Id, default);
        read.Release();

        Assert.That(await authenticating, Is.EqualTo(_key.Credential));
        Assert.That(_cache.Find(CredentialKind.ApiKey, _key.Credential.Id), Is.Not.Null);
    }

    [Test]
    public async Task Authenticate_ManyFirstCallsAtOnce_AreAllGood()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => AuthenticateAsync()))).DefaultTimeout();

        Assert.That(found, Is.All.EqualTo(_key.Credential));
        var reads = _store.Reads;
        Assert.That(await AuthenticateAsync(), Is.Not.Null);
        Assert.That(_store.Reads, Is.EqualTo(reads));
    }

    [Test]
    public void TryAdd_BeyondTheCapacity_StaysWithinIt()
    {
        for (var i = 0; i <= CredentialCache.Capacity; i++)
        {
            Assert.That(_cache.TryAdd(new StoredCredential(_key.Credential with { Id = $"k{i}" }, []), _cache.Now), Is.True);
        }

        Assert.That(_cache.Find(CredentialKind.ApiKey, "k0"), Is.Null);
        Assert.That(_cache.Find(CredentialKind.ApiKey, $"k{CredentialCache.Capacity}"), Is.Not.Null);
    }

    private Task<Credential?> AuthenticateAsync(string? presented = null) =>
        _authenticator.AuthenticateAsync(CredentialKind.ApiKey, presented ?? _key.Secret.Reveal(), default).AsTask().DefaultTimeout();

    private Task<IssuedCredential> IssueAsync() =>
        _issuer.IssueAsync(new CredentialRequest { Kind = CredentialKind.ApiKey, AccountId = Account.OwnerId, Name = "laptop" }, default);
}
