using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Tests.ApiKeys;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Keys;

/// <summary>The tokens of the management API, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class AccountTokenTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly Actor Ann = SomeEntries.Ann;

    private AccountRig _rig = null!;

    [SetUp]
    public void SetUp() => _rig = new AccountRig(Database, new FakeTimeProvider(Noon));

    [Test]
    public async Task Create_AnyName_IsAGoodTokenOfItsAccountAndNothingElse()
    {
        var issued = await _rig.Tokens.CreateAsync("ann", "terraform", Ann, default);
        var secret = issued.Secret.Reveal();

        Assert.That(secret, Does.StartWith("pa_"));
        Assert.That((await _rig.Tokens.AuthenticateAsync(secret, default))!.AccountId, Is.EqualTo("ann"));
        Assert.That((await _rig.TrailAsync()).Single().Action, Is.EqualTo(AuditActions.TokenCreated));
        foreach (var kind in new[] { CredentialKind.ApiKey, CredentialKind.TunnelToken })
        {
            var disguised = kind.Prefix() + secret["pa_".Length..];
            Assert.That(await _rig.Authenticator.AuthenticateAsync(kind, secret, default), Is.Null);
            Assert.That(await _rig.Authenticator.AuthenticateAsync(kind, disguised, default), Is.Null);
            Assert.That(await _rig.Store.FindAsync(kind, issued.Credential.Id, default), Is.Null);
        }
    }

    [Test]
    public async Task Authenticate_KeysAndMachines_IsNull()
    {
        var key = (await _rig.Keys.CreateAsync("ann", "k", default, Ann, default))!.Secret.Reveal();
        var machine = (await _rig.Machines.CreateAsync("ann", "m", Ann, default)).Secret.Reveal();

        foreach (var other in new[] { key, machine, "pa_" + key["pk-".Length..], "", null })
        {
            Assert.That(await _rig.Tokens.AuthenticateAsync(other, default), Is.Null, other);
        }
    }

    [Test]
    public async Task Authenticate_OftenAndLater_NotesItsUseToFiveMinutes()
    {
        var secret = (await _rig.Tokens.CreateAsync("ann", "terraform", Ann, default)).Secret.Reveal();
        Assert.That((await _rig.Tokens.ListAsync("ann", default)).Single().LastSeenAt, Is.Null);

        await UseAsync(TimeSpan.Zero);
        await UseAsync(AccountTokens.SeenWithin - TimeSpan.FromSeconds(1));
        Assert.That((await _rig.Tokens.ListAsync("ann", default)).Single().LastSeenAt, Is.EqualTo(Noon));
        await UseAsync(TimeSpan.FromSeconds(1));

        Assert.That(
            (await _rig.Tokens.ListAsync("ann", default)).Single().LastSeenAt, Is.EqualTo(Noon + AccountTokens.SeenWithin));

        async Task UseAsync(TimeSpan later)
        {
            _rig.Time.Advance(later);
            Assert.That(await _rig.Tokens.AuthenticateAsync(secret, default), Is.Not.Null);
        }
    }

    [Test]
    public async Task Revoke_ByAnotherAccountOrItsOwn_EndsItForItsOwnAlone()
    {
        var issued = await _rig.Tokens.CreateAsync("ann", "terraform", Ann, default);
        var (id, secret) = (issued.Credential.Id, issued.Secret.Reveal());

        Assert.That(await _rig.Tokens.RevokeAsync("bob", id, Ann, default), Is.False);
        Assert.That(await _rig.Tokens.ListAsync("bob", default), Is.Empty);
        Assert.That(await _rig.Tokens.AuthenticateAsync(secret, default), Is.Not.Null);

        Assert.That(await _rig.Tokens.RevokeAsync("ann", id, Ann, default), Is.True);
        Assert.That(await _rig.Tokens.AuthenticateAsync(secret, default), Is.Null);
        Assert.That(await _rig.ActionsAsync(), Is.EquivalentTo(new[] { AuditActions.TokenRevoked, AuditActions.TokenCreated }));
    }

    [Test]
    public async Task Create_MoreThanAnAccountMayHave_IsRefused()
    {
        for (var token = 0; token < AccountTokens.Most; token++)
        {
            await _rig.Tokens.CreateAsync("ann", $"token {token}", Ann, default);
        }

        Assert.That(
            () => _rig.Tokens.CreateAsync("ann", "one more", Ann, default),
            Throws.TypeOf<RefusedChangeException>().With.Message.EqualTo("The account has its 50 tokens. Revoke one first."));
        Assert.That(() => _rig.Tokens.CreateAsync("bob", " ", Ann, default), Throws.TypeOf<RefusedChangeException>());
    }
}
