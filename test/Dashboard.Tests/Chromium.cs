using Microsoft.Playwright;
using Polydev.TestKit;

namespace Polydev.Dashboard.Tests;

/// <summary>
/// Debian's own browser, one process for all tests: nothing is downloaded. Where it is not installed the tests that need it are skipped.
/// </summary>
[SetUpFixture]
public sealed class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly SemaphoreSlim Starting = new(1, 1);
    private static IPlaywright? _driver;
    private static IBrowser? _browser;

    /// <summary>A window of nobody's yet, at a site. What it waits for has the time of every test on a busy machine.</summary>
    internal static async Task<IBrowserContext> OpenAsync(Uri site, BrowserNewContextOptions options)
    {
        options.BaseURL = site.AbsoluteUri;
        options.TimezoneId ??= "Europe/Berlin";
        var context = await (await StartedAsync()).NewContextAsync(options);
        context.SetDefaultTimeout((float)TaskTimeouts.Default.TotalMilliseconds);
        return context;
    }

    [OneTimeTearDown]
    public async Task CloseAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _driver?.Dispose();
    }

    private static async Task<IBrowser> StartedAsync()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        if (program is null)
        {
            Assert.Ignore("Chromium is not installed (Debian: apt-get install chromium).");
        }

        await Starting.WaitAsync();
        try
        {
            Assertions.SetDefaultExpectTimeout((float)TaskTimeouts.Default.TotalMilliseconds);
            _driver ??= await Playwright.CreateAsync();
            return _browser ??= await _driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,

                // Its sandbox does not start as root, as containers run tests; it sees our own pages alone.
                Args = ["--no-sandbox", "--disable-dev-shm-usage"],
            });
        }
        finally
        {
            Starting.Release();
        }
    }
}
