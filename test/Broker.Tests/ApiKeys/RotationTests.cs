using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.ApiKeys;

/// <summary>A key's second secret: how long the old one lives, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class RotationTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly Actor Ann = SomeEntries.Ann;
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private AccountRig _rig = null!;
    private IssuedCredential _first = null!;

    [SetUp]
    public async Task SetUp()
    {
        _rig = new AccountRig(Database, new FakeTimeProvider(Noon));
        _first = (await _rig.Keys.CreateAsync("ann", "laptop", default, Ann, default))!;
    }

    [TestCase("OneDay", 24)]
    [TestCase("SevenDays", 7 * 24)]
    public async Task Rotate_WithAnOverlap_BothAreGoodUntilTheOldOnesEnd(string life, int hours)
    {
        Assert.That(await _rig.AuthenticateAsync(_first), Is.Not.Null, "remembered before");

        var second = await RotateAsync(Enum.Parse<OldSecretLife>(life));

        Assert.That(second!.Secret.Id, Is.EqualTo(_first.Secret.Id), "the same key");
        Assert.That(second.Secret.Reveal(), Is.Not.EqualTo(_first.Secret.Reveal()));
        Assert.That((await _rig.AuthenticateAsync(_first))!.SecretNumber, Is.Zero);
        Assert.That((await _rig.AuthenticateAsync(second))!.SecretNumber, Is.EqualTo(1));
        Assert.That((await KeyAsync()).OldSecret, Is.EqualTo(new RotatingSecret(Noon.AddHours(hours), null)));

        _rig.Time.Advance(TimeSpan.FromHours(hours) - Millisecond);
        Assert.That(await _rig.AuthenticateAsync(_first), Is.Not.Null, "to the last millisecond");
        _rig.Time.Advance(Millisecond);
        Assert.That(await _rig.AuthenticateAsync(_first), Is.Null, "though the key is remembered from a millisecond before");
        Assert.That(await _rig.AuthenticateAsync(second), Is.Not.Null);
        Assert.That((await KeyAsync()).OldSecret, Is.Null);
    }

    [Test]
    public async Task Rotate_NotAnyMore_EndsTheOldOneAtOnceAndNoCallThatRuns()
    {
        using var watch = _rig.Revocations.Watch((await _rig.AuthenticateAsync(_first))!);

        var second = await RotateAsync(OldSecretLife.None);

        Assert.That(await _rig.AuthenticateAsync(_first), Is.Null);
        Assert.That(await _rig.AuthenticateAsync(second!), Is.Not.Null);
        Assert.That(watch.Revoked.IsCancellationRequested, Is.False);
        Assert.That((await KeyAsync()).OldSecret, Is.Null);
    }

    /// <summary>Another broker remembers the key for half a second.</summary>
    [Test]
    public async Task Rotate_SeenFromAnotherBroker_HoldsThereWhenWhatItRemembersIsOver()
    {
        var elsewhere = new AccountRig(Database, _rig.Time);
        Assert.That(await elsewhere.AuthenticateAsync(_first), Is.Not.Null);

        var second = await RotateAsync(OldSecretLife.None);
        _rig.Time.Advance(CredentialCache.Lifetime);

        Assert.That(await elsewhere.AuthenticateAsync(_first), Is.Null);
        Assert.That(await elsewhere.AuthenticateAsync(second!), Is.Not.Null);
    }

    [Test]
    public async Task EndOldSecret_WithinItsTime_EndsItAtOnceAndOnce()
    {
        var second = await RotateAsync(OldSecretLife.SevenDays);
        Assert.That(await _rig.AuthenticateAsync(_first), Is.Not.Null);

        Assert.That(await _rig.Keys.EndOldSecretAsync("ann", _first.Credential.Id, Ann, default), Is.True);
        Assert.That(await _rig.Keys.EndOldSecretAsync("ann", _first.Credential.Id, Ann, default), Is.False);

        Assert.That(await _rig.AuthenticateAsync(_first), Is.Null);
        Assert.That(await _rig.AuthenticateAsync(second!), Is.Not.Null);
        Assert.That(
            await _rig.ActionsAsync(),
            Is.EquivalentTo(new[] { AuditActions.OldSecretEnded, AuditActions.KeyRotated, AuditActions.KeyCreated }));
    }

    /// <summary>A second click must not end the secret that is in use.</summary>
    [Test]
    public async Task Rotate_WhileTheOldOneIsGood_IsRefusedUntilItHasEnded()
    {
        var second = await RotateAsync(OldSecretLife.OneDay);

        Assert.That(() => RotateAsync(OldSecretLife.None), Throws.TypeOf<RefusedChangeException>());

        Assert.That(await _rig.AuthenticateAsync(_first), Is.Not.Null);
        Assert.That(await _rig.AuthenticateAsync(second!), Is.Not.Null);
        _rig.Time.Advance(TimeSpan.FromDays(1));
        var third = await RotateAsync(OldSecretLife.OneDay);
        Assert.That((await _rig.AuthenticateAsync(third!))!.SecretNumber, Is.EqualTo(2));
        Assert.That((await _rig.AuthenticateAsync(second!))!.SecretNumber, Is.EqualTo(1));
    }

    [TestCase("None")]
    [TestCase("OneDay")]
    public async Task Rotate_TwentyAtOnceOnTwoBrokers_GivesOneNewSecret(string life)
    {
        AccountRig[] brokers = [_rig, new AccountRig(Temporary.OpenDatabase(), _rig.Time)];

        var rotations = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(async () =>
        {
            try
            {
                return await RotateAsync(Enum.Parse<OldSecretLife>(life), brokers[number % 2]);
            }
            catch (RefusedChangeException)
            {
                return null;
            }
        }))).DefaultTimeout();

        var given = rotations.OfType<IssuedCredential>().ToList();
        var good = 0;
        foreach (var secret in given)
        {
            good += await _rig.AuthenticateAsync(secret) is null ? 0 : 1;
        }

        var entries = (await _rig.ActionsAsync()).Count(action => action == AuditActions.KeyRotated);
        Assert.That(entries, Is.EqualTo(given.Count), "Whoever was given a secret stands in the trail.");
        if (life == nameof(OldSecretLife.OneDay))
        {
            Assert.That((given.Count, good), Is.EqualTo((1, 1)));
            Assert.That(await _rig.AuthenticateAsync(_first), Is.Not.Null);
        }
        else
        {
            // One after the other each replaces the one before; of any two at the same moment one is refused.
            Assert.That(good, Is.EqualTo(1));
            Assert.That(await _rig.AuthenticateAsync(_first), Is.Null);
        }
    }

    [Test]
    public async Task Rotate_ReadBeforeAnother_IsRefused()
    {
        var seen = (await KeyAsync()).Credential;
        Assert.That(await _rig.Issuer.RotateAsync(seen, TimeSpan.Zero, Ann, default), Is.Not.Null);

        Assert.That(await _rig.Issuer.RotateAsync(seen, TimeSpan.Zero, Ann, default), Is.Null);
    }

    [Test]
    public async Task LastUsed_OfBothSecrets_IsToldApart()
    {
        await _rig.UseAsync((await _rig.AuthenticateAsync(_first))!, Noon.AddMinutes(1));
        var second = await RotateAsync(OldSecretLife.OneDay);
        await _rig.UseAsync((await _rig.AuthenticateAsync(second!))!, Noon.AddMinutes(5));

        Assert.That((await KeyAsync()).LastUsedAt, Is.EqualTo(Noon.AddMinutes(5)));
        Assert.That((await KeyAsync()).OldSecret!.LastUsedAt, Is.EqualTo(Noon.AddMinutes(1)), "from before the rotation");

        await _rig.UseAsync((await _rig.AuthenticateAsync(_first))!, Noon.AddMinutes(9));
        Assert.That((await KeyAsync()).LastUsedAt, Is.EqualTo(Noon.AddMinutes(9)));
        Assert.That((await KeyAsync()).OldSecret!.LastUsedAt, Is.EqualTo(Noon.AddMinutes(9)));
    }

    [Test]
    public async Task Rotate_ACountedKey_KeepsItsCounters()
    {
        var quotas = Temporary.OpenQuotas(new TierOptions());
        await quotas.AdmitAsync(_first.Credential.Id, Noon, default);

        await RotateAsync(OldSecretLife.OneDay);
        await quotas.AdmitAsync(_first.Credential.Id, Noon, default);

        Assert.That((await KeyAsync()).Windows.Hour.Used, Is.EqualTo(2));
    }

    private async Task<ApiKey> KeyAsync() => (await _rig.Keys.FindAsync("ann", _first.Credential.Id, default))!;

    private Task<IssuedCredential?> RotateAsync(OldSecretLife life, AccountRig? broker = null) =>
        (broker ?? _rig).Keys.RotateAsync("ann", _first.Credential.Id, life, Ann, default);
}
