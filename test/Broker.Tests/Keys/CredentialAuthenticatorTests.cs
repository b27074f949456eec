using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Tests.Keys;

public sealed class CredentialAuthenticatorTests
{
    private TemporaryDatabase _temporary = null!;
    private FakeTimeProvider _time = null!;
    private CountingCredentialStore _store = null!;
    private CredentialIssuer _issuer = null!;
    private CredentialAuthenticator _authenticator = null!;

    [SetUp]
    public async Task SetUp()
    {
        _temporary = new TemporaryDatabase();
        var database = _temporary.Open();
        await new AccountDirectory(new AccountStore(database), TimeProvider.System).EnsureOwnerAsync(default);
        _store = new CountingCredentialStore(new CredentialStore(database));
        _time = new FakeTimeProvider();
        var cache = new CredentialCache(_time);
        _issuer = new CredentialIssuer(_store, new Revocations(cache), _time);
        _authenticator = new CredentialAuthenticator(_store, cache, _time);
    }

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [TestCase("ApiKey")]
    [TestCase("TunnelToken")]
    public async Task Authenticate_Issued_GivesItsCredential(string kindName)
    {
        var issued = await IssueAsync(Enum.Parse<CredentialKind>(kindName));

        var found = await _authenticator.AuthenticateAsync(issued.Credential.Kind, issued.Secret.Reveal(), default);

        Assert.That(found?.Id, Is.EqualTo(issued.Credential.Id));
        Assert.That(_store.Reads, Is.EqualTo(1));
    }

    [Test]
    public async Task Authenticate_AnySingleCharacterChanged_IsRefusedBeforeTheDatabase()
    {
        var text = (await IssueAsync(CredentialKind.ApiKey)).Secret.Reveal();
        for (var at = 0; at < text.Length; at++)
        {
            foreach (var other in (TokenAlphabet.Characters + "AO-_ é").Where(c => c != text[at]))
            {
                var changed = text[..at] + other + text[(at + 1)..];
                Assert.That(await _authenticator.AuthenticateAsync(CredentialKind.ApiKey, changed, default), Is.Null, changed);
            }
        }

        Assert.That(_store.Reads, Is.Zero);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("pk-")]
    [TestCase("Bearer pk-x")]
    public async Task Authenticate_Malformed_IsRefusedBeforeTheDatabase(string? presented)
    {
        Assert.That(await _authenticator.AuthenticateAsync(CredentialKind.ApiKey, presented, default), Is.Null);
        Assert.That(_store.Reads, Is.Zero);
    }

    [Test]
    public async Task Authenticate_WellFormedButNeverIssued_IsNull()
    {
        var stranger = SecretToken.Create(TokenPrefixes.ApiKey).Reveal();

        Assert.That(await _authenticator.AuthenticateAsync(CredentialKind.ApiKey, stranger, default), Is.Null);
        Assert.That(_store.Reads, Is.EqualTo(1));
    }

    [Test]
    public async Task Authenticate_RightIdWithAnotherSecret_IsNull()
    {
        var issued = await IssueAsync(CredentialKind.ApiKey);
        var forged = SecretToken.Create(TokenPrefixes.ApiKey);
        await _store.CreateAsync(new StoredCredential(issued.Credential with { Id = forged.Id }, issued.Secret.Hash()), default);

        Assert.That(await _authenticator.AuthenticateAsync(CredentialKind.ApiKey, forged.Reveal(), default), Is.Null);
    }

    [Test]
    public async Task Authenticate_Expired_IsNullUntilItIsExtended()
    {
        var request = new CredentialRequest { Kind = CredentialKind.ApiKey, AccountId = Account.OwnerId, Name = "x" };
        var issued = await _issuer.IssueAsync(request with { Lifetime = TimeSpan.FromMinutes(1) }, default);

        Assert.That(await AuthenticateAsync(), Is.Not.Null, "new");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await AuthenticateAsync(), Is.Null, "a minute later");

        await _issuer.ExtendAsync(CredentialKind.ApiKey, issued.Credential.Id, TimeSpan.FromMinutes(1), default);
        Assert.That(await AuthenticateAsync(), Is.Not.Null, "extended");

        ValueTask<Credential?> AuthenticateAsync() =>
            _authenticator.AuthenticateAsync(CredentialKind.ApiKey, issued.Secret.Reveal(), default);
    }

    [Test]
    public async Task Authenticate_TheOtherKind_IsNull()
    {
        var token = await IssueAsync(CredentialKind.TunnelToken);

        Assert.That(await _authenticator.AuthenticateAsync(CredentialKind.ApiKey, token.Secret.Reveal(), default), Is.Null);
    }

    [Test]
    public async Task Issue_AnyKey_LeavesNoSecretInAnyFile()
    {
        var secret = (await IssueAsync(CredentialKind.ApiKey)).Secret.Reveal();
        var secretPart = secret.Substring(TokenPrefixes.ApiKey.Length + SecretToken.IdLength, 32);

        foreach (var file in Directory.GetFiles(_temporary.DataFolder))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.That(await reader.ReadToEndAsync(), Does.Not.Contain(secretPart), file);
        }
    }

    private Task<IssuedCredential> IssueAsync(CredentialKind kind) => _issuer.IssueAsync(
        new CredentialRequest { Kind = kind, AccountId = Account.OwnerId, Name = "laptop" }, default);
}
