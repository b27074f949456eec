using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;
using Polydev.Broker.Tests.SignIn;

namespace Polydev.Broker.Tests.Pages;

/// <summary>A live page of an account, read as its feed reads it, one time after the other.</summary>
internal sealed class LiveReading(SignInBroker broker, string accountId, string name)
{
    private PageContent? _before;

    /// <summary>Each part's HTML by its id.</summary>
    public async Task<Dictionary<string, string>> NextAsync()
    {
        var services = broker.Running.Services;
        var page = services.GetServices<ILivePage>().Single(page => page.Name == name);
        _before = await page.ReadAsync(accountId, _before, CancellationToken.None);
        return await Page.RenderPartsAsync(services, ViewerNow(), _before);
    }

    private Viewer ViewerNow() => new()
    {
        Now = broker.Time.GetUtcNow(),
        Zone = TimeZoneInfo.Utc,
        Site = "http://127.0.0.1:5080",
        SignedIn = new SignedIn(
            new Session
            {
                Id = "one",
                AccountId = accountId,
                SecretHash = [],
                Browser = "",
                Address = "",
                CreatedAt = default,
                SeenAt = default,
                ExpiresAt = DateTimeOffset.MaxValue,
            },
            "Ann"),
    };
}
