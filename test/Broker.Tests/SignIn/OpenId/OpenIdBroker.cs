using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Commands;
using Polydev.Broker.SignIn.OpenId;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn.OpenId;

/// <summary>A broker whose people sign in with a provider, and the provider.</summary>
internal sealed class OpenIdBroker : IAsyncDisposable
{
    public const string ProviderName = "Example ID";

    private OpenIdBroker()
    {
    }

    public SignInBroker Broker { get; private init; } = null!;

    public TestProvider Provider { get; private init; } = null!;

    public static async Task<OpenIdBroker> StartAsync(
        string signUp = "open",
        Func<OpenIdOptions, OpenIdOptions>? change = null,
        Func<ServeOptions, ServeOptions>? serve = null,
        bool isTold = false)
    {
        var provider = await TestProvider.StartAsync(isTold: isTold);
        var options = OptionsOf(provider.Address, signUp);
        var broker = await SignInBroker.StartAsync(serving =>
            (serve?.Invoke(serving) ?? serving) with { OpenId = change?.Invoke(options) ?? options });
        var site = broker.Running.Services.GetRequiredService<ServeOptions>().PublicUrl ?? broker.Site;
        await provider.RegisterAsync(new Uri(site, "/sign-in/callback"));
        return new OpenIdBroker { Broker = broker, Provider = provider };
    }

    public static OpenIdOptions OptionsOf(Uri authority, string signUp) => new()
    {
        Authority = authority,
        ClientId = TestProvider.ClientId,
        ClientSecret = TestProvider.ClientSecret,
        Name = ProviderName,
        SignUp = SignUpPolicy.Parse(signUp)!,
    };

    public Browser OpenBrowser() => Broker.OpenBrowser();

    /// <summary>To the provider and back: the address that the browser is to go to next, at the broker.</summary>
    public async Task<string> ToTheProviderAsync(Browser browser)
    {
        var start = await browser.GetAsync("/sign-in/start");
        Assert.That(start.Location, Does.StartWith(Provider.Address.AbsoluteUri), start.Text);
        return (await Provider.VisitAsync(start.Location!)).Address.PathAndQuery;
    }

    /// <summary>The answer to the whole way.</summary>
    public async Task<BrowserPage> SignInAsync(Browser browser) => await browser.GetAsync(await ToTheProviderAsync(browser));

    /// <summary>The same for somebody else.</summary>
    public Task<BrowserPage> SignInAsync(Browser browser, TestPerson person)
    {
        Provider.Person = person;
        return SignInAsync(browser);
    }

    /// <summary>What the sign-in page says that one is led to.</summary>
    public static async Task<string> ToldAsync(Browser browser, BrowserPage answer)
    {
        Assert.That(answer.Location, Does.StartWith("/sign-in?problem="), answer.Text);
        var page = await browser.FollowAsync(answer);
        Assert.That(page.Html, Does.Contain("role=\"alert\""));
        Assert.That((await browser.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"), "and nobody is signed in");
        browser.Cookies.Remove("polydev-return");
        return page.Text;
    }

    /// <summary>Without the owner's.</summary>
    public async Task<IReadOnlyList<Account>> AccountsAsync()
    {
        var all = await Broker.Running.Services.GetRequiredService<IAccountStore>().ListAsync(default);
        return [.. all.Where(account => account.Id != Account.OwnerId)];
    }

    public Task<Identity?> IdentityAsync(string subject) => Broker.Running.Services.GetRequiredService<IIdentityStore>()
        .FindAsync(Provider.Address.AbsoluteUri, subject, default);

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
