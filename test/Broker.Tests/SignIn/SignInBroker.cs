using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Accounts;
using Polydev.Broker.Commands;
using Polydev.Broker.SignIn;
using Polydev.Broker.SignIn.OpenId;
using Polydev.Broker.Tests.Api;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn;

/// <summary>A running broker, its clock, and browsers at it. It can be started again on the same data.</summary>
internal sealed class SignInBroker : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<Browser> _browsers = [];

    private readonly Func<ServeOptions, ServeOptions> _change;

    private SignInBroker(Func<ServeOptions, ServeOptions> change, DateTimeOffset startedAt) =>
        (_change, Time) = (change, new FakeTimeProvider(startedAt));

    public RunningBroker Running { get; private set; } = null!;

    /// <summary>Stands still until the test turns it.</summary>
    public FakeTimeProvider Time { get; }

    public string DataFolder => _folder.Folder("data");

    public Uri Site => Running.Addresses.Site;

    /// <param name="startedAt">What its clock shows; null: now.</param>
    public static async Task<SignInBroker> StartAsync(
        Func<ServeOptions, ServeOptions>? change = null, Uri? publicUrl = null, DateTimeOffset? startedAt = null)
    {
        var broker = new SignInBroker(change ?? (options => options), startedAt ?? TimeProvider.System.GetUtcNow());
        await broker.StartAgainAsync(publicUrl);
        return broker;
    }

    public async Task StartAgainAsync(Uri? publicUrl = null)
    {
        if (Running is not null)
        {
            await Running.DisposeAsync();
        }

        Running = await RunningBroker.StartAsync(
            options => _change(options with { DataFolder = _folder.Folder("data"), PublicUrl = publicUrl }),
            services => services.AddSingleton<TimeProvider>(Time)
                .Configure<OpenIdConnectOptions>(OpenIdSignIn.Scheme, handler => handler.BackchannelTimeout = TaskTimeouts.Default));
    }

    public Browser OpenBrowser(string agent = "Test Browser/1.0")
    {
        var browser = new Browser(Running.Addresses.Http, agent);
        _browsers.Add(browser);
        return browser;
    }

    /// <summary>The path of a new link.</summary>
    public async Task<string> LinkAsync(string accountId = Account.OwnerId)
    {
        var links = Running.Services.GetRequiredService<SignInLinks>();
        return (await links.CreateAsync(accountId, Site, CancellationToken.None)).Url.PathAndQuery;
    }

    public async Task<Browser> SignedInAsync(string accountId = Account.OwnerId)
    {
        var browser = OpenBrowser();
        var page = await browser.GetAsync(await LinkAsync(accountId));
        var answer = await browser.SubmitAsync(page);
        Assert.That(answer.Location, Is.EqualTo("/"), answer.Text);
        return browser;
    }

    public async Task<string> OpenAccountAsync(string name)
    {
        var accounts = Running.Services.GetRequiredService<AccountDirectory>();
        return (await accounts.OpenAsync(name, AccountTier.Free, CancellationToken.None))!.Id;
    }

    /// <summary>As a machine calls it; status and JSON.</summary>
    public async Task<(int Status, JsonElement Json)> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        var page = await OpenBrowser().PostAsync(path, fields);
        return ((int)page.Status, page.Html.Length == 0 ? default : JsonDocument.Parse(page.Html).RootElement);
    }

    public async ValueTask DisposeAsync()
    {
        _browsers.ForEach(browser => browser.Dispose());
        await Running.DisposeAsync();
        _folder.Dispose();
    }
}
