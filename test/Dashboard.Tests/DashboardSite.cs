using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;
using Polydev.Broker.SignIn;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Calls;
using Polydev.Broker.Tests.Pages;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Shared.Models;

namespace Polydev.Dashboard.Tests;

/// <summary>
/// A running broker with two accounts: the owner's with a machine online, calls of three weeks, and a key whose hour is used up; and Ann's,
/// where nothing has happened yet. The machine asks no vendor: it answers every call with one word.
/// </summary>
internal sealed class DashboardSite : IAsyncDisposable
{
    public const string Owner = "owner";
    public const string Ann = "ann";

    private const string CallId = "call-";

    private readonly Dictionary<string, string> _sessions = [];
    private FakeTunnel _tunnel = null!;

    private DashboardSite(RunningBroker broker) => Broker = broker;

    public RunningBroker Broker { get; }

    /// <summary>The owner's machine.</summary>
    public FakeTunnel Tunnel => _tunnel;

    private TimeProvider Time => Broker.Services.GetRequiredService<TimeProvider>();

    /// <summary>What a signed-in browser can open by address, and one page that there is not.</summary>
    public IReadOnlyList<string> Pages => [.. PageAddresses.Of(Broker.Services, IdBelow), "/no-such-page"];

    public static async Task<DashboardSite> StartAsync()
    {
        var site = new DashboardSite(await RunningBroker.StartAsync(
            replace: services => services.AddSingleton<TimeProvider>(new YoungHour())));
        site._tunnel = await site.Broker.ConnectTunnelAsync(
            Frames.Hello("tunnel-1", [.. Providers.All.Select(provider => Frames.Cli(provider))]));
        site._tunnel.Answer = item => Frames.Answer(item.WorkId, "Hello.");
        await site.Broker.Services.GetRequiredService<AccountDirectory>().OpenAsync(Ann, AccountTier.Free, default);
        await site.UseUpAKeyAsync();
        await site.RecordCallsAsync();
        return site;
    }

    /// <summary>A browser of the account's, signed in by its link.</summary>
    public async Task<IBrowserContext> OpenAsync(string account, int width = 1440)
    {
        var context = await Chromium.OpenAsync(Broker.Addresses.Site, new BrowserNewContextOptions
        {
            ColorScheme = ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = width, Height = width < 720 ? 844 : 1000 },
            StorageState = _sessions.GetValueOrDefault(account),
        });
        if (!_sessions.ContainsKey(account))
        {
            await SignInAsync(context, account);
            _sessions[account] = await context.StorageStateAsync();
        }

        return context;
    }

    /// <summary>Signs the account in, once.</summary>
    public async Task<Uri> CreateLinkAsync(string account)
    {
        var known = await Broker.Services.GetRequiredService<AccountDirectory>().FindAsync(account, default);
        return (await Broker.Services.GetRequiredService<SignInLinks>().CreateAsync(known!.Id, Broker.Addresses.Site, default)).Url;
    }

    public async ValueTask DisposeAsync()
    {
        await _tunnel.DisposeAsync();
        await Broker.DisposeAsync();
    }

    private async Task UseUpAKeyAsync()
    {
        var keys = Broker.Services.GetRequiredService<ApiKeyDirectory>();
        var issued = await keys.CreateAsync(Account.OwnerId, "ci", new KeyLimits(2, null, null), Actor.CommandLine(), default);
        var quotas = Broker.Services.GetRequiredService<IQuotaStore>();
        for (var call = 0; call < 2; call++)
        {
            await quotas.AdmitAsync(issued!.Credential.Id, Time.GetUtcNow(), default);
        }
    }

    private Task RecordCallsAsync()
    {
        var (latest, key) = (Time.GetUtcNow().AddMinutes(-3), IdOf(Broker.Key));
        var (results, models) = (Enum.GetValues<CallResult>(), KnownModels.ProviderOf.ToList());
        return Broker.Services.GetRequiredService<IUsageStore>().AddAsync([.. Enumerable.Range(0, 80).Select(Call)], default);

        RecordedCall Call(int number)
        {
            var (model, at) = (models[number % models.Count], latest.AddMinutes(-5 * number * number));
            return SomeCalls.Make($"{CallId}{number}", Account.OwnerId, key, at, results[number % results.Length]) with
            {
                Model = model.Key,
                Provider = model.Value,
            };
        }
    }

    private async Task SignInAsync(IBrowserContext context, string account)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync((await CreateLinkAsync(account)).PathAndQuery);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.WaitForURLAsync(Broker.Addresses.Site.AbsoluteUri, new() { WaitUntil = WaitUntilState.Commit });
        await page.CloseAsync();
    }

    // The owner's things; for Ann they are somebody else's.
    private string IdBelow(string? place) => place switch
    {
        "keys" => IdOf(Broker.Key),
        "machines" => IdOf(Broker.Token),
        "calls" => $"{CallId}0",
        _ => "x",
    };

    // Behind the three letters of what it is.
    private static string IdOf(string secret) => secret[3..15];
}

/// <summary>The system's clock, set to five past the hour: what is used up stays so while a test looks.</summary>
internal sealed class YoungHour : TimeProvider
{
    private readonly TimeSpan _ahead = TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(System.GetUtcNow().Ticks % TimeSpan.TicksPerHour);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;
}
