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

/// <summary>What an account's people do with its keys, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class ApiKeyTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly Actor Ann = SomeEntries.Ann;
    private static readonly KeyLimits NoLimits = new(null, null, null);

    private AccountRig _rig = null!;

    [SetUp]
    public void SetUp() => _rig = new AccountRig(Database, new FakeTimeProvider(Noon));

    [Test]
    public async Task Create_WithLimits_IsListedAndStandsInTheTrail()
    {
        var issued = await CreateAsync("laptop", new KeyLimits(5, null, 100));

        var key = (await _rig.Keys.ListAsync("ann", default)).Single();

        Assert.Multiple(() =>
        {
            Assert.That((key.Id, key.Name), Is.EqualTo((issued.Credential.Id, "laptop")));
            Assert.That(issued.Secret.Reveal(), Does.StartWith(key.Shown));
            Assert.That(key.Shown, Has.Length.EqualTo("pk-".Length + 12));
            Assert.That(
                key.Windows.All.Select(window => (window.Kind, window.Used, window.Limit)),
                Is.EqualTo(new (QuotaWindowKind, int, int?)[]
                {
                    (QuotaWindowKind.Hour, 0, 5), (QuotaWindowKind.Day, 0, 50), (QuotaWindowKind.Month, 0, 100),
                    (QuotaWindowKind.AccountMonth, 0, 500),
                }));
            Assert.That((key.Credential.PerHour, key.Credential.PerDay, key.Credential.PerMonth), Is.EqualTo((5, (int?)null, 100)));
            Assert.That((key.LastUsedAt, key.OldSecret), Is.EqualTo(((DateTimeOffset?)null, (RotatingSecret?)null)));
        });
        var entry = (await _rig.TrailAsync()).Single();
        Assert.That(
            (entry.Action, entry.SubjectId, entry.SubjectName, entry.Actor, entry.At),
            Is.EqualTo((AuditActions.KeyCreated, key.Id, "laptop", Ann, Noon)));
    }

    [Test]
    public async Task Create_WrongInEveryField_NamesEachWithItsMaximumAndMakesNothing()
    {
        var refused = await RefusedAsync(() => CreateAsync(" \u0007 ", new KeyLimits(11, 0, 501)));

        Assert.That(
            refused.Problems.Select(problem => (problem.Field, problem.Most)),
            Is.EqualTo(new (string, int?)[] { ("name", null), ("per_hour", 10), ("per_day", null), ("per_month", 500) }));
        Assert.That(refused.Problems[1].Message, Is.EqualTo("Up to 10 an hour."));
        Assert.That(await _rig.Keys.ListAsync("ann", default), Is.Empty);
        Assert.That(await _rig.ActionsAsync(), Is.Empty);
    }

    [Test]
    public async Task Create_NameWithControlCharacters_IsMadePlain() =>
        Assert.That((await CreateAsync("a\u001b[31m\nb")).Credential.Name, Is.EqualTo("a [31m b"));

    [Test]
    public async Task Create_UnknownAccount_IsNull() =>
        Assert.That(await _rig.Keys.CreateAsync("nobody", "x", NoLimits, Ann, default), Is.Null);

    [Test]
    public async Task Create_TwentyAtOnceForTheLastPlaces_MakesExactlyAsManyAsTheAccountMay()
    {
        for (var key = 0; key < ApiKeyDirectory.Most - 3; key++)
        {
            await CreateAsync($"key {key}");
        }

        var made = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            try
            {
                return await CreateAsync("one more");
            }
            catch (RefusedChangeException e)
            {
                Assert.That(e.Message, Is.EqualTo("The account has its 200 keys. Revoke one first."));
                return null;
            }
        }))).DefaultTimeout();

        Assert.That(made.OfType<IssuedCredential>().ToList(), Has.Count.EqualTo(3));
        Assert.That(await _rig.Keys.ListAsync("ann", default), Has.Count.EqualTo(ApiKeyDirectory.Most));
        Assert.That(await _rig.ActionsAsync(), Has.Count.EqualTo(ApiKeyDirectory.Most), "The trail has none that was refused.");
        await _rig.Keys.RevokeAsync("ann", made.OfType<IssuedCredential>().First().Credential.Id, Ann, default);
        Assert.That(await CreateAsync("in its place"), Is.Not.Null);
        Assert.That(await _rig.Keys.CreateAsync("bob", "bob's", NoLimits, Ann, default), Is.Not.Null);
    }

    /// <summary>Each operation, asked by one account of a key that only the other has.</summary>
    [Test]
    public async Task EveryOperation_OfAnotherAccount_FindsNothingAndChangesNothing()
    {
        var bobs = (await _rig.Keys.CreateAsync("bob", "bob's", new KeyLimits(3, 4, 5), Ann, default))!.Credential.Id;
        var rotated = (await _rig.Keys.CreateAsync("bob", "rotated", NoLimits, Ann, default))!.Credential.Id;
        await _rig.Keys.RotateAsync("bob", rotated, OldSecretLife.OneDay, Ann, default);
        var before = await _rig.Keys.ListAsync("bob", default);
        var trail = await _rig.TrailAsync("bob");

        foreach (var id in new[] { bobs, rotated })
        {
            Assert.That(await _rig.Keys.FindAsync("ann", id, default), Is.Null);
            Assert.That(await _rig.Keys.RenameAsync("ann", id, "mine", Ann, default), Is.False);
            Assert.That(await _rig.Keys.SetLimitsAsync("ann", id, new KeyLimits(1, 1, 1), Ann, default), Is.False);
            Assert.That(await _rig.Keys.RevokeAsync("ann", id, Ann, default), Is.False);
            Assert.That(await _rig.Keys.RotateAsync("ann", id, OldSecretLife.None, Ann, default), Is.Null);
            Assert.That(await _rig.Keys.EndOldSecretAsync("ann", id, Ann, default), Is.False);
        }

        Assert.That(await _rig.Keys.ListAsync("ann", default), Is.Empty);
        Assert.That(await _rig.Keys.ListAsync("bob", default), Is.EqualTo(before));
        Assert.That(await _rig.TrailAsync("bob"), Is.EqualTo(trail));
        Assert.That(await _rig.ActionsAsync(), Is.Empty);
    }

    /// <summary>A tunnel token is no key, whatever its id.</summary>
    [Test]
    public async Task EveryOperation_OfAMachine_FindsNothing()
    {
        var machine = (await _rig.Machines.CreateAsync("ann", "desk", Ann, default)).Credential.Id;

        Assert.That(await _rig.Keys.FindAsync("ann", machine, default), Is.Null);
        Assert.That(await _rig.Keys.RenameAsync("ann", machine, "x", Ann, default), Is.False);
        Assert.That(await _rig.Keys.RevokeAsync("ann", machine, Ann, default), Is.False);
        Assert.That(await _rig.Keys.RotateAsync("ann", machine, OldSecretLife.None, Ann, default), Is.Null);
    }

    [Test]
    public async Task RenameAndSetLimits_AGoodKey_ChangeItAndStandInTheTrail()
    {
        var id = (await CreateAsync("laptop")).Credential.Id;

        Assert.That(await _rig.Keys.RenameAsync("ann", id, "desk", Ann, default), Is.True);
        Assert.That(await _rig.Keys.SetLimitsAsync("ann", id, new KeyLimits(7, null, null), Ann, default), Is.True);
        await RefusedAsync(() => _rig.Keys.SetLimitsAsync("ann", id, new KeyLimits(11, null, null), Ann, default));

        var key = (await _rig.Keys.FindAsync("ann", id, default))!;
        Assert.That((key.Name, key.Windows.Hour.Limit), Is.EqualTo(("desk", 7)));
        Assert.That(
            (await _rig.TrailAsync()).Select(entry => (entry.Action, entry.SubjectName, entry.Detail)),
            Is.EquivalentTo(new[]
            {
                (AuditActions.KeyLimitsChanged, "desk", "hour 7, day as the tier, month as the tier"),
                (AuditActions.KeyRenamed, "laptop", "desk"), (AuditActions.KeyCreated, "laptop", ""),
            }));
    }

    [Test]
    public async Task Revoke_ARunningKey_EndsItAndLeavesOneEntry()
    {
        var issued = await CreateAsync("laptop");
        using var watch = _rig.Revocations.Watch((await _rig.AuthenticateAsync(issued))!);

        Assert.That(await _rig.Keys.RevokeAsync("ann", issued.Credential.Id, Ann, default), Is.True);
        Assert.That(await _rig.Keys.RevokeAsync("ann", issued.Credential.Id, Ann, default), Is.False);

        Assert.That(watch.Revoked.IsCancellationRequested, Is.True);
        Assert.That(await _rig.AuthenticateAsync(issued), Is.Null);
        Assert.That((await _rig.ActionsAsync()).Count(action => action == AuditActions.KeyRevoked), Is.EqualTo(1));
        Assert.That(await _rig.Keys.RotateAsync("ann", issued.Credential.Id, OldSecretLife.OneDay, Ann, default), Is.Null);
    }

    [Test]
    public async Task List_KeysThatWereCounted_HasTheFourWindowsOfEach()
    {
        var (busy, idle) = ((await CreateAsync("busy")).Credential.Id, (await CreateAsync("idle")).Credential.Id);
        await AdmitAsync(busy, 3);

        var keys = (await _rig.Keys.ListAsync("ann", default)).ToDictionary(key => key.Id);

        Assert.That(keys[busy].Windows.All.Select(window => window.Used), Is.EqualTo(new[] { 3, 3, 3, 3 }));
        Assert.That(keys[idle].Windows.All.Select(window => window.Used), Is.EqualTo(new[] { 0, 0, 0, 3 }));
        _rig.Time.Advance(TimeSpan.FromHours(1));
        Assert.That(
            (await _rig.Keys.FindAsync("ann", busy, default))!.Windows.All.Select(window => window.Used), Is.EqualTo(new[] { 0, 3, 3, 3 }));
    }

    [Test]
    public async Task LastUsed_CallsInAnyOrderAndRefusedOnes_IsTheLatest()
    {
        var (used, other) = ((await CreateAsync("used")).Credential, (await CreateAsync("other")).Credential);

        await _rig.UseAsync(used, Noon.AddMinutes(2), Broker.Calls.CallResult.Refused);
        await _rig.UseAsync(used, Noon.AddMinutes(1));

        Assert.That((await _rig.Keys.FindAsync("ann", used.Id, default))!.LastUsedAt, Is.EqualTo(Noon.AddMinutes(2)));
        Assert.That((await _rig.Keys.FindAsync("ann", other.Id, default))!.LastUsedAt, Is.Null);
    }

    private async Task AdmitAsync(string key, int calls)
    {
        var quotas = Temporary.OpenQuotas(new TierOptions());
        for (var call = 0; call < calls; call++)
        {
            Assert.That((await quotas.AdmitAsync(key, _rig.Time.GetUtcNow(), default))!.IsCounted, Is.True);
        }
    }

    private async Task<IssuedCredential> CreateAsync(string name, KeyLimits limits = default) =>
        (await _rig.Keys.CreateAsync("ann", name, limits, Ann, default))!;

    private static async Task<RefusedChangeException> RefusedAsync(Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (RefusedChangeException e)
        {
            return e;
        }

        throw new AssertionException("It was not refused.");
    }
}
