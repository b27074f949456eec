using CsCheck;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Quotas;

/// <summary>Calls are counted exactly, on both databases: never one too many let in, never one too few.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class QuotaStoreTests<TDatabase> : IDisposable
    where TDatabase : ITemporaryDatabase, new()
{
    private const int Racers = 200;

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TDatabase _temporary = new();
    private Database? _database;
    private int _keys;

    public void Dispose() => _temporary.Dispose();

    [TestCase(1)]
    [TestCase(2)]
    public async Task Admit_TwoHundredRacersForFifty_LetsInExactlyFifty(int brokers)
    {
        var key = await NewKeyAsync(perHour: 50, tier: AccountTier.Premium);
        var stores = Enumerable.Range(0, brokers).Select(_ => Open()).ToArray();

        var admissions = await RaceAsync(Racers, racer => stores[racer % brokers].AdmitAsync(key, Noon, default).AsTask());

        var counted = admissions.Where(admission => admission!.IsCounted).ToList();
        Assert.That(counted, Has.Count.EqualTo(50));
        Assert.That(
            counted.Select(admission => admission!.State.Hour.Used).Order(), Is.EqualTo(Enumerable.Range(1, 50)), "each its own number");
        Assert.That((await stores[0].ReadAsync(key, Noon, default))!.Hour.Used, Is.EqualTo(50));
    }

    [Test]
    public async Task Admit_TwoHundredRacersOverFourKeys_LetsInTheAccountsMonth()
    {
        var tiers = new TierOptions { Free = new TierLimits { AccountPerMonth = 70 } };
        string[] keys = [await NewKeyAsync(), await NewKeyAsync(), await NewKeyAsync(), await NewKeyAsync(perDay: 5)];
        IQuotaStore[] stores = [Open(tiers), Open(tiers)];

        var admissions = await RaceAsync(Racers, racer => stores[racer % 2].AdmitAsync(keys[racer / 2 % 4], Noon, default).AsTask());

        var perKey = keys.Select(key => admissions.Count(admission => admission!.KeyId == key && admission.IsCounted)).ToList();
        Assert.That(perKey.Sum(), Is.EqualTo(70));
        Assert.That(perKey[3], Is.AtMost(5));
        Assert.That((await stores[0].ReadAsync(keys[0], Noon, default))!.AccountMonth.Used, Is.EqualTo(70));
    }

    [Test]
    public async Task Admit_AndGivenBackByHalf_ByRacers_LeavesTheOtherHalf()
    {
        var key = await NewKeyAsync();
        var store = Open(new TierOptions { Free = new TierLimits() });

        await RaceAsync(Racers, async racer =>
        {
            var admission = await store.AdmitAsync(key, Noon, default);
            if (racer % 2 == 0)
            {
                await store.GiveBackAsync(admission!, default);
            }

            return admission;
        });

        Assert.That(
            (await store.ReadAsync(key, Noon, default))!.All.Select(window => window.Used), Is.All.EqualTo(Racers / 2));
    }

    /// <summary>Any calls at any times, the clock stepping back too, with some given back: as the simplest model of it has them.</summary>
    [Test]
    public async Task Admit_AnyHistory_IsAsTheModel()
    {
        // Around the edges of an hour, a day, a month, a leap day and a year.
        DateTimeOffset[] edges =
        [
            new(2027, 12, 31, 23, 59, 58, TimeSpan.Zero), new(2028, 2, 28, 23, 59, 58, TimeSpan.Zero),
            new(2028, 2, 29, 23, 59, 58, TimeSpan.Zero), new(2028, 4, 30, 10, 59, 58, TimeSpan.Zero),
        ];
        var steps = Gen.Select(Gen.Int[-4000, 9000], Gen.Bool).Array[1, 40];
        var histories = Gen.Select(Gen.Int[0, edges.Length - 1], Gen.Int[1, 6], Gen.Int[1, 9], Gen.Int[1, 12], Gen.Int[1, 20], steps);
        await histories.SampleAsync(
            async history =>
            {
                var (edge, perHour, perDay, perMonth, perAccount, calls) = history;
                var tiers = new TierOptions { Free = new TierLimits { PerHour = perHour, AccountPerMonth = perAccount } };
                var store = Open(tiers);
                var key = await NewKeyAsync(perDay: perDay, perMonth: perMonth, account: $"a{Interlocked.Increment(ref _keys)}");
                var model = new QuotaModel(perHour, perDay, perMonth, perAccount);
                var now = edges[edge];
                foreach (var (milliseconds, givesBack) in calls)
                {
                    now = now.AddMilliseconds(milliseconds);
                    var admission = (await store.AdmitAsync(key, now, default))!;
                    if (admission.IsCounted != model.Admit(now) || !model.Agrees(admission.State, now))
                    {
                        return false;
                    }

                    if (admission.IsCounted && givesBack)
                    {
                        await store.GiveBackAsync(admission, default);
                        model.GiveBack(admission.State);
                    }
                }

                return model.Agrees((await store.ReadAsync(key, now, default))!, now);
            },
            iter: 60,
            threads: 1);
    }

    [Test]
    public async Task Admit_CallerHasGone_CountsNothing()
    {
        var key = await NewKeyAsync();
        var store = Open();

        await Assert.ThatAsync(
            async () => await store.AdmitAsync(key, Noon, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());

        Assert.That((await store.ReadAsync(key, Noon, default))!.All.Select(window => window.Used), Is.All.Zero);
        Assert.That((await store.AdmitAsync(key, Noon, default))!.State.Hour.Used, Is.EqualTo(1));
    }

    [Test]
    public async Task GiveBack_AfterTheHourIsOver_TakesNothingFromTheNext()
    {
        var key = await NewKeyAsync();
        var store = Open();
        var early = await store.AdmitAsync(key, Noon, default);
        await store.AdmitAsync(key, Noon.AddHours(1), default);

        await store.GiveBackAsync(early!, default);

        var state = (await store.ReadAsync(key, Noon.AddHours(1), default))!;
        Assert.That((state.Hour.Used, state.Day.Used, state.Month.Used, state.AccountMonth.Used), Is.EqualTo((1, 1, 1, 1)));
    }

    [Test]
    public async Task Admit_KeyOverItsTier_IsHeldToTheTier()
    {
        var key = await NewKeyAsync(perHour: 1000);

        var admission = await Open().AdmitAsync(key, Noon, default);

        Assert.That(admission!.State.All.Select(window => window.Limit), Is.EqualTo(new int?[] { 10, 50, 500, 500 }));
    }

    [Test]
    public async Task Admit_RevokedExpiredUnknownOrToken_IsNull()
    {
        var credentials = new CredentialStore(_temporary.OpenDatabase());
        var (revoked, expired) = (await NewKeyAsync(), await NewKeyAsync(expiresAt: Noon));
        var token = await NewKeyAsync(kind: CredentialKind.TunnelToken);
        await credentials.RevokeAsync(CredentialKind.ApiKey, revoked, Noon, default);
        var store = Open();

        foreach (var id in (string[])[revoked, expired, token, "unknown"])
        {
            Assert.That(await store.AdmitAsync(id, Noon, default), Is.Null, id);
        }

        Assert.That((await store.AdmitAsync(expired, Noon.AddTicks(-10_000), default))!.IsCounted, Is.True);
    }

    /// <summary>Another broker, or a command on the same machine, has changed it between two calls of the same moment.</summary>
    [Test]
    public async Task Admit_ChangedByAnother_GoesByTheChangeAtOnce()
    {
        var (store, key) = (Open(), await NewKeyAsync());
        var other = _temporary.OpenDatabase();
        var credentials = new CredentialStore(other);
        Assert.That(await LimitsAsync(), Is.EqualTo(new int?[] { 10, 50, 500, 500 }));

        await new AccountStore(other).SetTierAsync("ann", AccountTier.Premium, SomeEntries.Of(Noon), default);
        Assert.That(await LimitsAsync(), Is.EqualTo(new int?[] { 100, 500, 10_000, 10_000 }));

        await credentials.SetLimitsAsync("ann", key, new KeyLimits(70, 80, 90), SomeEntries.Of(Noon), default);
        Assert.That(await LimitsAsync(), Is.EqualTo(new int?[] { 70, 80, 90, 10_000 }));

        await credentials.ExtendAsync(CredentialKind.ApiKey, key, Noon, default);
        Assert.That(await LimitsAsync(), Is.Null, "expired");

        await credentials.ExtendAsync(CredentialKind.ApiKey, key, Noon.AddHours(1), default);
        Assert.That(await LimitsAsync(), Is.Not.Null, "extended");

        await credentials.RevokeAsync(CredentialKind.ApiKey, "ann", key, SomeEntries.Of(Noon), default);
        Assert.That(await LimitsAsync(), Is.Null, "revoked");

        async Task<int?[]?> LimitsAsync() =>
            (await store.AdmitAsync(key, Noon, default))?.State.All.Select(window => window.Limit).ToArray();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Admit_RevokedByAnother_IsNullAtOnce(bool leaves)
    {
        var (store, key) = (Open(), await NewKeyAsync());
        var other = _temporary.OpenDatabase();
        Assert.That(await store.AdmitAsync(key, Noon, default), Is.Not.Null);

        Task change = leaves
            ? new AccountDataStore(other).LeaveAsync("ann", Noon, default)
            : new CredentialStore(other).RevokeAsync(CredentialKind.ApiKey, key, Noon, default);
        await change;

        Assert.That(await store.AdmitAsync(key, Noon, default), Is.Null);
    }

    private IQuotaStore Open(TierOptions? tiers = null) => _temporary.OpenQuotas(tiers ?? new TierOptions());

    private async Task<string> NewKeyAsync(
        int? perHour = null,
        int? perDay = null,
        int? perMonth = null,
        string account = "ann",
        CredentialKind kind = CredentialKind.ApiKey,
        AccountTier tier = AccountTier.Free,
        DateTimeOffset? expiresAt = null)
    {
        var database = _database ??= _temporary.OpenDatabase();
        await new AccountStore(database).CreateAsync(
            new Account { Id = account, Name = account, Tier = tier, CreatedAt = Noon }, default);
        var key = new Credential
        {
            Id = $"key{Interlocked.Increment(ref _keys)}",
            Kind = kind,
            AccountId = account,
            Name = "test",
            CreatedAt = Noon,
            ExpiresAt = expiresAt,
            PerHour = perHour,
            PerDay = perDay,
            PerMonth = perMonth,
        };
        await new CredentialStore(database).CreateAsync(new StoredCredential(key, [1]), default);
        return key.Id;
    }

    private static async Task<Admission?[]> RaceAsync(int racers, Func<int, Task<Admission?>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var racing = Task.WhenAll(Enumerable.Range(0, racers).Select(racer => Task.Run(async () =>
        {
            await start.Task;
            return await run(racer);
        })));
        start.SetResult();
        return await racing.DefaultTimeout();
    }
}
