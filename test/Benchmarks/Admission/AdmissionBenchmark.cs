using System.Diagnostics;
using System.Globalization;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.TestKit;

namespace Polydev.Benchmarks.Admission;

/// <summary>
/// Calls counted a second, by callers of many keys at once, on a real SQLite file and a real PostgreSQL of its own. Exit code 1 where a
/// rate stays below its target.
/// </summary>
internal static class AdmissionBenchmark
{
    private const int Accounts = 50;
    private const int KeysOfEach = 4;
    private const int Callers = 16;
    private const int Rounds = 5;

    private static readonly TierOptions Tiers = new();

    public static async Task<int> RunAsync()
    {
        using var folder = new TemporaryFolder();
        using var sqlite = new SqliteDatabase(new StorageOptions { DataFolder = folder.FullName }, TimeProvider.System);
        using var sqliteQuotas = new SqliteQuotaStore(sqlite, Tiers);
        var missed = await MeasureAsync("SQLite", sqlite, sqliteQuotas, perRound: 10_000) < 5000;

        var server = PostgresServer.CreateDatabase();
        using var postgres = new PostgresDatabase(
            new StorageOptions { DataFolder = folder.FullName, Postgres = server }, TimeProvider.System);
        missed |= await MeasureAsync("PostgreSQL", postgres, new PostgresQuotaStore(postgres, Tiers), perRound: 4000) < 1500;
        return missed ? 1 : 0;
    }

    /// <returns>The median of the rounds, in admissions a second.</returns>
    private static async Task<double> MeasureAsync(string name, Database database, IQuotaStore quotas, int perRound)
    {
        var keys = await MakeKeysAsync(database);
        await RoundAsync(quotas, keys, perRound, new Samples());
        var (rates, samples) = (new List<double>(), new Samples());
        var cpu = Environment.CpuUsage.TotalTime;
        for (var round = 0; round < Rounds; round++)
        {
            rates.Add(await RoundAsync(quotas, keys, perRound, samples));
        }

        cpu = Environment.CpuUsage.TotalTime - cpu;
        var median = rates.Order().ElementAt(Rounds / 2);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-10} {median,7:0} admissions/s   {samples}   {cpu.TotalMicroseconds / (Rounds * perRound):0} us of our CPU each"));
        return median;
    }

    private static async Task<double> RoundAsync(IQuotaStore quotas, string[] keys, int calls, Samples samples)
    {
        var began = Stopwatch.GetTimestamp();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var call && call <= calls)
            {
                var asked = Stopwatch.GetTimestamp();
                var admission = await quotas.AdmitAsync(keys[call % keys.Length], TimeProvider.System.GetUtcNow(), CancellationToken.None);
                samples.Add(Stopwatch.GetElapsedTime(asked));
                if (admission is not { IsCounted: true })
                {
                    throw new InvalidOperationException("A call within its limits was not let in.");
                }
            }
        })));
        return calls / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<string[]> MakeKeysAsync(Database database)
    {
        var (accounts, credentials, now) = (new AccountStore(database), new CredentialStore(database), TimeProvider.System.GetUtcNow());
        var keys = new List<string>();
        for (var account = 0; account < Accounts; account++)
        {
            var id = $"account{account}";
            await accounts.CreateAsync(
                new Account { Id = id, Name = id, Tier = AccountTier.Unlimited, CreatedAt = now }, CancellationToken.None);
            for (var key = 0; key < KeysOfEach; key++)
            {
                keys.Add($"{id}-{key}");
                var credential = new Credential
                {
                    Id = keys[^1],
                    Kind = CredentialKind.ApiKey,
                    AccountId = id,
                    Name = "benchmark",
                    CreatedAt = now,
                    PerHour = int.MaxValue,
                    PerDay = int.MaxValue,
                    PerMonth = int.MaxValue,
                };
                await credentials.CreateAsync(new StoredCredential(credential, [1]), CancellationToken.None);
            }
        }

        return [.. keys];
    }
}
