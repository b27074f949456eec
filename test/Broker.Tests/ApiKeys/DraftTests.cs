using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.ApiKeys;

/// <summary>What a form makes is made once, and what it changes is changed at once; on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class DraftTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly Actor Ann = SomeEntries.Ann;

    private AccountRig _rig = null!;

    [SetUp]
    public void SetUp() => _rig = new AccountRig(Database, new FakeTimeProvider(Noon));

    [Test]
    public async Task CreateOnce_ManyTimesAtOnce_MakesOneKeyAndOneEntry()
    {
        var issued = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CreateOnceAsync("draft")));

        var made = issued.OfType<IssuedCredential>().Single();
        Assert.That(made.Credential.Id, Is.EqualTo(FormDraft.IdOf(CredentialKind.ApiKey, "ann", "draft")));
        Assert.That((await _rig.Keys.ListAsync("ann", default)).Single().Id, Is.EqualTo(made.Credential.Id));
        Assert.That(await _rig.ActionsAsync(), Is.EqualTo(new[] { AuditActions.KeyCreated }));
        Assert.That(await _rig.AuthenticateAsync(made), Is.Not.Null);
    }

    [Test]
    public async Task CreateOnce_OfAKeyThatIsRevoked_MakesNoOther()
    {
        var made = await CreateOnceAsync("draft");
        await _rig.Keys.RevokeAsync("ann", made!.Credential.Id, Ann, default);

        Assert.That(await CreateOnceAsync("draft"), Is.Null);
    }

    [Test]
    public async Task CreateOnce_WithTheDraftOfAnotherAccount_IsAnotherKey()
    {
        var (ann, bob) = (await CreateOnceAsync("draft"), await CreateOnceAsync("draft", "bob"));

        Assert.That(bob!.Credential.Id, Is.Not.EqualTo(ann!.Credential.Id));
    }

    [Test]
    public async Task CreateOnce_AsManyKeysAsMayBe_IsRefusedAndNotTakenForMade()
    {
        for (var key = 0; key < ApiKeyDirectory.Most; key++)
        {
            await CreateOnceAsync($"draft-{key}");
        }

        Assert.ThrowsAsync<RefusedChangeException>(() => CreateOnceAsync("one more"));
        Assert.That(await CreateOnceAsync("draft-0"), Is.Null, "which was made");
    }

    [Test]
    public async Task CreateOnce_OfATokenTwice_MakesOne()
    {
        var first = await _rig.Tokens.CreateOnceAsync("draft", "ann", "terraform", Ann, default);
        var second = await _rig.Tokens.CreateOnceAsync("draft", "ann", "terraform", Ann, default);

        Assert.That((first is not null, second), Is.EqualTo((true, (IssuedCredential?)null)));
        Assert.That(await _rig.Tokens.ListAsync("ann", default), Has.Count.EqualTo(1));
        Assert.That((await _rig.Tokens.FindAsync("ann", first!.Credential.Id, default))?.Name, Is.EqualTo("terraform"));
        Assert.That(await _rig.Tokens.FindAsync("bob", first.Credential.Id, default), Is.Null);
    }

    [Test]
    public async Task Change_OneOfBoth_WritesThatAlone()
    {
        var key = (await CreateOnceAsync("draft"))!.Credential;

        Assert.That(await ChangeAsync(key, "ci", new KeyLimits(5, null, null)), Is.True);
        Assert.That(await ChangeAsync(key, "ci-2", new KeyLimits(5, null, null)), Is.True);
        Assert.That(await ChangeAsync(key, "ci-2", new KeyLimits(5, null, null)), Is.True);

        Assert.That(
            await _rig.ActionsAsync(),
            Is.EquivalentTo(new[] { AuditActions.KeyRenamed, AuditActions.KeyLimitsChanged, AuditActions.KeyCreated }));
    }

    [Test]
    public async Task Change_OneOfBothWrong_ChangesNeither()
    {
        var key = (await CreateOnceAsync("draft"))!.Credential;

        var refused = Assert.ThrowsAsync<RefusedChangeException>(() => ChangeAsync(key, "ci-2", new KeyLimits(11, null, null)));
        Assert.ThrowsAsync<RefusedChangeException>(() => ChangeAsync(key, " ", new KeyLimits(5, null, null)));

        Assert.That(refused!.Problems.Single().Field, Is.EqualTo(ChangeFields.PerHour));
        Assert.That((await _rig.Keys.FindAsync("ann", key.Id, default))!.Credential, Is.EqualTo(key));
    }

    [Test]
    public async Task Change_OfAnotherAccountOrRevoked_IsFalse()
    {
        var key = (await CreateOnceAsync("draft"))!.Credential;
        Assert.That(await _rig.Keys.ChangeAsync("bob", key.Id, "mine", default, Ann, default), Is.False);
        await _rig.Keys.RevokeAsync("ann", key.Id, Ann, default);

        Assert.That(await ChangeAsync(key, "ci-2", default), Is.False);
        Assert.That((await _rig.Keys.FindAsync("ann", key.Id, default))!.Name, Is.EqualTo("ci"));
    }

    private Task<IssuedCredential?> CreateOnceAsync(string draft, string account = "ann") =>
        _rig.Keys.CreateOnceAsync(draft, account, "ci", default, Ann, default);

    private Task<bool> ChangeAsync(Credential key, string name, KeyLimits limits) =>
        _rig.Keys.ChangeAsync("ann", key.Id, name, limits, Ann, default);
}
