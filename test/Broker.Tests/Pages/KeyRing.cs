using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;
using Polydev.Broker.Tests.Calls;
using Polydev.Broker.Tests.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>A broker with an account of the Free tier, which is not the owner's, and a browser that is signed in to it.</summary>
internal sealed class KeyRing : IAsyncDisposable
{
    private static readonly Actor Ann = Actor.CommandLine();

    private KeyRing(SignInBroker broker, string account, Browser browser) => (Broker, Account, Browser) = (broker, account, browser);

    public SignInBroker Broker { get; }

    public string Account { get; }

    public Browser Browser { get; }

    public ApiKeyDirectory Keys => Broker.Running.Services.GetRequiredService<ApiKeyDirectory>();

    /// <summary>Tuesday 24 November 2026, 13:38:05 UTC, as in the mock-ups: 14:38:05 in Berlin, where the browser is.</summary>
    public static async Task<KeyRing> StartAsync(string name = "ann")
    {
        var broker = await SignInBroker.StartAsync(startedAt: new DateTimeOffset(2026, 11, 24, 13, 38, 5, TimeSpan.Zero));
        var account = await broker.OpenAccountAsync(name);
        var browser = await broker.SignedInAsync(account);
        browser.Cookies["polydev-zone"] = "Europe%2FBerlin";
        return new KeyRing(broker, account, browser);
    }

    public Task SetTierAsync(AccountTier tier) => Broker.Running.Services.GetRequiredService<AccountDirectory>()
        .SetTierAsync(Account, tier, Ann, CancellationToken.None);

    public async Task<IssuedCredential> IssueAsync(string name, KeyLimits limits = default, string? account = null) =>
        (await Keys.CreateAsync(account ?? Account, name, limits, Ann, CancellationToken.None))!;

    /// <summary>Counts calls of the key, as the API does before it sends them to a tunnel.</summary>
    public async Task CountAsync(IssuedCredential key, int calls)
    {
        var quotas = Broker.Running.Services.GetRequiredService<IQuotaStore>();
        for (var call = 0; call < calls; call++)
        {
            await quotas.AdmitAsync(key.Credential.Id, Broker.Time.GetUtcNow(), CancellationToken.None);
        }
    }

    /// <summary>Uses the account's month up, by keys of their own.</summary>
    public async Task CountAllAsync()
    {
        var most = Broker.Running.Services.GetRequiredService<TierOptions>().Free;
        for (var left = most.AccountPerMonth; left > 0; left -= most.PerHour)
        {
            await CountAsync(await IssueAsync($"busy-{left}"), most.PerHour);
        }
    }

    /// <summary>A call with the key that ended, as it is recorded.</summary>
    public Task RecordAsync(IssuedCredential key, TimeSpan ago, CallResult result = CallResult.Answered) =>
        Broker.Running.Services.GetRequiredService<IUsageStore>().AddAsync(
            [SomeCalls.Make(Guid.NewGuid().ToString("N"), Account, key.Credential.Id, Broker.Time.GetUtcNow() - ago, result) with
            {
                SecretNumber = key.Credential.SecretNumber,
            }],
            CancellationToken.None);

    public async Task<IssuedCredential> RotateAsync(IssuedCredential key, OldSecretLife life) =>
        (await Keys.RotateAsync(Account, key.Credential.Id, life, Ann, CancellationToken.None))!;

    public Task RevokeAsync(IssuedCredential key) => Keys.RevokeAsync(Account, key.Credential.Id, Ann, CancellationToken.None);

    public async Task<ApiKey> FindAsync(IssuedCredential key) =>
        (await Keys.FindAsync(key.Credential.AccountId, key.Credential.Id, CancellationToken.None))!;

    /// <summary>Whether a call of the API may come with it.</summary>
    public async Task<bool> IsGoodAsync(string secret) => await Broker.Running.Services.GetRequiredService<CredentialAuthenticator>()
        .AuthenticateAsync(CredentialKind.ApiKey, secret, CancellationToken.None) is not null;

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}
