using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Calls;
using Polydev.Broker.Commands;
using Polydev.Broker.Hosting;
using Polydev.Broker.Keys;
using Polydev.Broker.SignIn;
using Polydev.Broker.Storage;
using Polydev.Broker.Tests.Pages;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Benchmarks.Pages;

/// <summary>
/// A broker of 1,000 accounts, 10,000 keys and 1,000,000 calls of 90 days. A tenth of the calls are the owner's, of 100 keys: he is the one
/// who looks.
/// </summary>
internal sealed class FullBroker : IAsyncDisposable
{
    private const int Accounts = 1000;
    private const int Keys = 10_000;
    private const int KeysOfOwner = 100;
    private const int Calls = 1_000_000;
    private const int CallsOfOwner = 100_000;
    private const int Days = 90;
    private const int AtOnce = 1000;
    private const string Machine = "owner-desk";

    private static readonly string[] Models = ["claude-opus-4-6", "claude-sonnet-4-6", "gpt-5.4", "gemini-3-pro"];

    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _app;

    /// <param name="postgres">Npgsql's connection string; null: SQLite.</param>
    private FullBroker(string? postgres)
    {
        _app = BrokerHost.Build(new ServeOptions
        {
            Http = new Uri("http://127.0.0.1:0"),
            Grpc = new Uri("http://127.0.0.1:0"),
            DataFolder = _folder.FullName,
            Postgres = postgres,
        });
    }

    /// <summary>One of the owner's.</summary>
    public static string KeyId => KeyOf(Account.OwnerId, 0);

    public Uri Site => _app.Services.GetRequiredService<BrokerAddresses>().Http;

    /// <summary>Each page that the broker has, with what the owner has of its kind.</summary>
    public IEnumerable<string> Pages => PageAddresses.Of(_app.Services, IdBelow);

    public static async Task<FullBroker> StartAsync(string? postgres)
    {
        var broker = new FullBroker(postgres);
        await broker._app.StartAsync();
        await broker.FillAsync();
        if (postgres is not null)
        {
            await broker.AnalyzeAsync();
        }

        return broker;
    }

    /// <summary>The owner's browser.</summary>
    public async Task<Browser> SignInAsync()
    {
        var link = await _app.Services.GetRequiredService<SignInLinks>().CreateAsync(Account.OwnerId, Site, CancellationToken.None);
        var browser = new Browser(Site) { Headers = { ["Accept"] = "text/html" } };
        await browser.SubmitAsync(await browser.GetAsync(link.Url.PathAndQuery));
        return browser;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    private static string KeyOf(string account, int key) => $"{account}-key{key}";

    private static string IdOf(int call) => $"req_{call:x32}";

    // The owner's latest call is the last of all that is his. What is only on its way has any id.
    private static string IdBelow(string? place) => place switch
    {
        "keys" => KeyId,
        "machines" => Machine,
        "calls" => IdOf(Calls - (Calls / CallsOfOwner)),
        "new" or "tokens" or "secrets" or "sign-in" => "x",
        _ => throw new InvalidOperationException($"Nothing stands for an id below {place}."),
    };

    private async Task FillAsync()
    {
        await _app.Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync(CancellationToken.None);
        var keysOf = new Dictionary<string, int> { [Account.OwnerId] = KeysOfOwner };
        var (ofEach, more) = Math.DivRem(Keys - KeysOfOwner, Accounts - 1);
        for (var number = 1; number < Accounts; number++)
        {
            keysOf[$"account{number}"] = ofEach + (number <= more ? 1 : 0);
        }

        var now = TimeProvider.System.GetUtcNow();
        foreach (var (account, keys) in keysOf)
        {
            await OpenAsync(account, keys, now);
        }

        await CreateAsync(Machine, CredentialKind.TunnelToken, Account.OwnerId, "desk", now);
        var usage = _app.Services.GetRequiredService<IUsageStore>();
        var others = keysOf.Keys.Where(account => account != Account.OwnerId).ToList();
        foreach (var numbers in Enumerable.Range(0, Calls).Chunk(AtOnce))
        {
            await usage.AddAsync([.. numbers.Select(number => CallOf(number, now, others, keysOf))], CancellationToken.None);
        }
    }

    // Over 90 days PostgreSQL would long have done this by itself: it plans by figures of what the tables hold.
    private async Task AnalyzeAsync()
    {
        await using var connection = await _app.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync("VACUUM ANALYZE", commandTimeout: 600);
    }

    // The owner's account is there.
    private async Task OpenAsync(string id, int keys, DateTimeOffset now)
    {
        if (id != Account.OwnerId)
        {
            var account = new Account { Id = id, Name = id, Tier = AccountTier.Premium, CreatedAt = now };
            await _app.Services.GetRequiredService<IAccountStore>().CreateAsync(account, CancellationToken.None);
        }

        for (var key = 0; key < keys; key++)
        {
            await CreateAsync(KeyOf(id, key), CredentialKind.ApiKey, id, $"key {key}", now);
        }
    }

    private Task CreateAsync(string id, CredentialKind kind, string account, string name, DateTimeOffset now)
    {
        var credential = new Credential { Id = id, Kind = kind, AccountId = account, Name = name, CreatedAt = now };
        return _app.Services.GetRequiredService<ICredentialStore>()
            .CreateAsync(new StoredCredential(credential, [1]), CancellationToken.None);
    }

    // The oldest first, evenly over the days.
    private static RecordedCall CallOf(int number, DateTimeOffset now, List<string> others, Dictionary<string, int> keysOf)
    {
        var account = number % (Calls / CallsOfOwner) == 0 ? Account.OwnerId : others[number % others.Count];
        var turn = number / (Calls / CallsOfOwner);
        var provider = Providers.All[turn % Providers.All.Count];
        var result = turn % 20 == 0 ? CallResult.Failed : turn % 15 == 0 ? CallResult.Refused : CallResult.Answered;
        return new RecordedCall
        {
            Id = IdOf(number),
            AccountId = account,
            KeyId = KeyOf(account, turn % keysOf[account]),
            BeganAt = now - (TimeSpan.FromDays(Days) * (1 - ((double)number / Calls))),
            Model = Models[turn % Models.Length],
            Dialect = "anthropic",
            Provider = provider,
            Machine = "desk",
            Status = result switch { CallResult.Refused => 429, CallResult.Failed => 502, _ => 200 },
            Outcome = result == CallResult.Answered ? "finished" : "other",
            Result = result,
            FirstTokenMilliseconds = 200 + (number % 900),
            DurationMilliseconds = 1000 + (number % 9000),
            InputTokens = 100 + (number % 5000),
            CachedTokens = 60,
            OutputTokens = 20 + (number % 700),
        };
    }
}
