using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.Versioning;
using Microsoft.Playwright;
using OpenAI;
using OpenAI.Chat;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.Dashboard.Tests;

/// <summary>
/// A person's first day, in a real browser and two terminals: the link that the broker prints, a machine logged in and approved, a client
/// set up from the page, a call that comes back.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class StoryTests
{
    private readonly TemporaryFolder _folder = new();
    private RunningProgram _broker = null!;
    private Uri _site = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        string[] arguments = ["serve", "--http", "http://127.0.0.1:0", "--grpc", "http://127.0.0.1:0", "--data", _folder.Folder("data")];
        _broker = RunningProgram.StartAssembly("Broker", "polydev-broker", arguments, Environment());
        _site = new Uri((await _broker.LineWithAsync("API ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1][..^"/api/v1".Length]);
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        await _broker.DisposeAsync();
        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(_folder.FullName), TimeSpan.FromSeconds(5));
        _folder.Dispose();
    }

    [Test]
    public async Task FirstDay_FromTheLinkToACall()
    {
        await using var context = await Chromium.OpenAsync(_site, new BrowserNewContextOptions());
        var page = await context.NewPageAsync();

        // 1. The broker's link signs in. Nothing is there yet, and the page says so.
        var link = (await _broker.LineWithAsync("Sign in ")).Split(' ')[^1];
        await page.GotoAsync(link);
        await Button(page, "Sign in").ClickAsync();
        await page.WaitForURLAsync(_site.AbsoluteUri);
        await Assertions.Expect(page.Locator(".who")).ToContainTextAsync("owner");

        // 2. In a terminal the machine asks; the page shows the same code, and the person approves it under a name of their own.
        await using var login = StartTool("login", _site.AbsoluteUri);
        var code = (await login.LineWithAsync("Code ")).Split(' ')[^1];
        await page.GotoAsync("/device");
        await page.GetByLabel("Code").FillAsync(code.ToLowerInvariant());
        await Button(page, "Continue").ClickAsync();
        await Assertions.Expect(page.Locator(".code-show")).ToHaveTextAsync(code);
        await page.GetByLabel("Name it").FillAsync("my studio");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Approve ") }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("my studio is ");
        Assert.That(await login.ExitAsync(), Is.Zero, login.Output);

        // 3. Its tunnel comes online, and the side bar counts it.
        await using var tunnel = StartTool("tunnel");
        await tunnel.LineWithAsync(" online ");
        await page.GotoAsync("/connect");
        await Assertions.Expect(page.Locator("#count-machines")).ToHaveTextAsync("1 of 1");
        await Assertions.Expect(page.Locator("#ready")).ToHaveTextAsync("Ready now: 1 of 11");

        // 4. With a key, shown this once, the page is what a client is set up from.
        await page.GotoAsync("/keys/new");
        await page.GetByLabel("Name").FillAsync("story");
        await Button(page, "Create key").ClickAsync();
        var key = (await page.Locator(".copy-big output").TextContentAsync())!;
        await page.GetByRole(AriaRole.Link, new() { Name = "Set up a client with it" }).ClickAsync();
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync(key);
        var python = await page.Locator("pre").First.TextContentAsync();
        var (api, pasted, model) = (Quoted(python!, "base_url="), Quoted(python!, "api_key="), Quoted(python!, "model="));
        Assert.That((pasted, model), Is.EqualTo((key, "polydev-echo")));

        // 5. The call comes back from that machine.
        var client = new OpenAIClient(
            new ApiKeyCredential(pasted),
            new OpenAIClientOptions { Endpoint = new Uri(api), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });
        ChatCompletion answer = await client.GetChatClient(model).CompleteChatAsync("Is anybody there?");
        Assert.That(answer.Content[0].Text, Is.EqualTo("Is anybody there?"));

        // 6. It stands among the calls, with its key and machine, and is counted.
        await CallsAsync(page);
        await Assertions.Expect(page.Locator("#main")).ToContainTextAsync("my studio");
        await Assertions.Expect(page.Locator("#main")).ToContainTextAsync("story");

        // 7. Signed out, the browser sees nothing any more.
        await page.GotoAsync("/sign-out");
        await Button(page, "Sign out").ClickAsync();
        await page.GotoAsync("/connect");
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/sign-in"));

        await tunnel.TerminateAsync();
        Assert.That(await tunnel.ExitAsync(), Is.Zero, tunnel.Output);
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private static string Quoted(string code, string name) => code.Split($"{name}\"")[1].Split('"')[0];

    // A call is written some 250 ms behind its end.
    private static async Task CallsAsync(IPage page)
    {
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        do
        {
            await page.GotoAsync("/calls");
        }
        while (await page.GetByText("polydev-echo").CountAsync() == 0 && await timer.WaitForNextTickAsync(limit.Token));
    }

    private RunningProgram StartTool(params string[] arguments)
    {
        var command = TunnelProgram.Command(TunnelBuild.Managed);
        return RunningProgram.Start(command[0], [.. command.Skip(1), .. arguments], Environment());
    }

    // A user with no CLI, no display, and nothing of ours.
    private Dictionary<string, string> Environment() => new()
    {
        ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
        ["HOME"] = _folder.Folder("home"),
        ["XDG_CONFIG_HOME"] = _folder.Folder("config"),
        ["XDG_DATA_HOME"] = _folder.Folder("share"),
        ["POLYDEV_STATE_DIR"] = _folder.Folder("state"),
        ["POLYDEV_TEST_MARKER"] = _folder.FullName,
        ["POLYDEV_BROKER_URL"] = "",
        ["POLYDEV_USER_TOKEN"] = "",
        ["DISPLAY"] = "",
        ["WAYLAND_DISPLAY"] = "",
    };
}
