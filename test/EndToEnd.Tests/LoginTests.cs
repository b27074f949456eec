using System.Runtime.Versioning;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.Shared.Tokens;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>A machine's login as its person goes through it: three terminals and a browser, at a real broker.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
[UnsupportedOSPlatform("windows")]
public sealed class LoginTests(TunnelBuild build)
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _secrets = [];
    private RunningProgram _broker = null!;
    private Uri _site = null!;

    private string Credentials => Path.Combine(_folder.FullName, "config", "polydev", "credentials.json");

    [SetUp]
    public async Task SetUp()
    {
        // Where there is no such build, the test is over before anything has started.
        TunnelProgram.Command(build);
        string[] arguments = ["serve", "--http", "http://127.0.0.1:0", "--grpc", "http://127.0.0.1:0", "--data", _folder.Folder("data")];
        _broker = RunningProgram.StartAssembly("Broker", "polydev-broker", arguments, Environment());
        var api = (await _broker.LineWithAsync("API ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
        _site = new Uri(api[..^"/api/v1".Length]);
    }

    [TearDown]
    public async Task TearDown()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(_folder.FullName), TimeSpan.FromSeconds(5));
        string[] kept = [_folder.Folder("data"), _folder.Folder("state")];
        SecretWatch.AssertNone(
            _secrets,
            [],
            [_broker?.Output ?? string.Empty],
            [],
            kept.SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)));
        _folder.Dispose();
    }

    [Test]
    public async Task Login_ApprovedInABrowser_BringsARunningTunnelOnline_AndLogoutEndsIt()
    {
        // 1. A tunnel runs, and has no token.
        await using var tunnel = StartTool("tunnel");
        await tunnel.LineWithAsync("not_configured");
        Assert.That(tunnel.Output, Does.Contain("polydev-mcp login"));

        // 2. In another terminal its person logs the machine in, and in a browser approves it, by the link that the broker has printed.
        await using var login = StartTool("login", _site.AbsoluteUri);
        var page = new Uri((await login.LineWithAsync("Open ")).Split(' ')[^1]);
        var code = (await login.LineWithAsync("Code ")).Split(' ')[^1];
        using var browser = new Browser(_site);
        Assert.That((await browser.GetAsync(page.PathAndQuery)).Location, Is.EqualTo("/sign-in"));
        var link = new Uri((await _broker.LineWithAsync("Sign in ")).Split(' ')[^1]);
        var signedIn = await browser.SubmitAsync(await browser.GetAsync(link.PathAndQuery));
        var confirm = await browser.FollowAsync(signedIn);
        Assert.That(confirm.Text, Does.Contain(code).And.Contain("polydev-mcp ").And.Contain("the same address as this browser"));
        await browser.SubmitAsync(confirm, ("machine_name", "my studio"), ("decision", "approve"));

        // 3. The login has its token, for this user alone; the tunnel comes online by it, without a restart.
        Assert.That(await login.ExitAsync(), Is.Zero, login.Output);
        Assert.That(login.Output, Does.Contain("as 'my studio'"));
        Assert.That(File.GetUnixFileMode(Credentials), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(login.Output, Does.Not.Contain("pd_"));
        using (var stored = JsonDocument.Parse(await File.ReadAllTextAsync(Credentials)))
        {
            _secrets.AddRange([code, code.Replace("-", ""), stored.RootElement.GetProperty("token").GetString()!]);
        }

        await tunnel.LineWithAsync(" online ");
        var machine = (await RunAsync("token", "list", "--json"))[0];
        Assert.That(machine.GetProperty("name").GetString(), Is.EqualTo("my studio"));
        Assert.That(machine.TryGetProperty("first_seen_at", out _), Is.True);

        // 4. Logged out, the token is good for nothing, and the tunnel waits for the next login.
        await using var logout = StartTool("logout");
        Assert.That(await logout.ExitAsync(), Is.Zero, logout.Output);
        Assert.That(File.Exists(Credentials), Is.False);
        await tunnel.LineWithAsync("not_configured", skip: 1);
        Assert.That((await RunAsync("token", "list", "--json"))[0].TryGetProperty("revoked_at", out _), Is.True);
        Assert.That(tunnel.HasExited, Is.False, tunnel.Output);
        await tunnel.TerminateAsync();
        Assert.That(await tunnel.ExitAsync(), Is.Zero, tunnel.Output);
    }

    [Test]
    public async Task Login_Denied_EndsWith1AndStoresNothing()
    {
        await using var login = StartTool("login", _site.AbsoluteUri);
        var page = new Uri((await login.LineWithAsync("Open ")).Split(' ')[^1]);
        using var browser = new Browser(_site);
        var link = new Uri((await RunAsync("account", "link", "--json")).GetProperty("url").GetString()!);
        Assert.That(link.Authority, Is.EqualTo(_site.Authority), "it knows where its broker runs");
        await browser.SubmitAsync(await browser.GetAsync(link.PathAndQuery));

        await browser.SubmitAsync(await browser.GetAsync(page.PathAndQuery), ("decision", "deny"));

        Assert.That(await login.ExitAsync(), Is.EqualTo(1));
        Assert.That(login.Output, Does.Contain("The machine was denied."));
        Assert.That(File.Exists(Credentials), Is.False);
    }

    [Test]
    public async Task Logout_NotLoggedIn_SaysSo()
    {
        await using var logout = StartTool("logout");

        Assert.That(await logout.ExitAsync(), Is.Zero);
        Assert.That(logout.Output, Does.Contain("This machine is not logged in."));
    }

    [Test]
    public async Task Logout_BrokerGone_ForgetsTheTokenAndSaysHowToEndIt()
    {
        var token = SecretToken.Create(TokenPrefixes.Tunnel);
        _broker.Kill();
        await _broker.ExitAsync();
        await File.WriteAllTextAsync(
            _folder.File("config", "polydev", "credentials.json"),
            $$"""{"broker":"{{_site}}","token":"{{token.Reveal()}}","machine_name":"studio"}""");

        await using var logout = StartTool("logout");

        Assert.That(await logout.ExitAsync(), Is.EqualTo(1));
        Assert.That(logout.Output, Does.Contain("No broker answers").And.Contain($"polydev-broker token revoke {token.Id}"));
        Assert.That(logout.Output, Does.Not.Contain(token.Reveal()));
        Assert.That(File.Exists(Credentials), Is.False);
    }

    private RunningProgram StartTool(params string[] arguments)
    {
        var command = TunnelProgram.Command(build);
        return RunningProgram.Start(command[0], [.. command.Skip(1), .. arguments], Environment());
    }

    private async Task<JsonElement> RunAsync(params string[] arguments)
    {
        await using var command = RunningProgram.StartAssembly(
            "Broker", "polydev-broker", [.. arguments, "--data", _folder.Folder("data")], Environment());
        Assert.That(await command.ExitAsync(), Is.Zero, command.Output);
        var line = await command.LineWithAsync(arguments[1] == "list" ? "[" : "{");
        return JsonDocument.Parse(line).RootElement.Clone();
    }

    // A user with no CLI, no browser, and nothing of ours.
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
