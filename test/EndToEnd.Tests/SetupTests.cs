using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// <c>polydev-mcp setup</c> as a user runs it, on the files of the real CLIs: they list our server themselves then, beside what was there,
/// and no longer once it is removed.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SetupTests(TunnelBuild build) : IDisposable
{
    private const string Token = "pd_0123456789";

    private const string ClaudeText =
        "{\r\n\t\"numStartups\": 3,\r\n\t\"mcpServers\": { \"mine\": { \"type\": \"stdio\", \"command\": \"true\" } }\r\n}";

    private const string CodexText =
        "\n# é mine\nmodel = \"o3\" # best\n\n[mcp_servers.mine]\ncommand = 'true'\n[projects.\"/x\"]\ntrust_level = 'trusted'";

    private const string GeminiText =
        "// é mine\n{\n   \"mcpServers\": { // servers\n      \"mine\": {\"command\": \"true\"} /* last */\n   }\n}\n";

    private readonly TemporaryFolder _folder = new();

    private string Home => _folder.Folder("home");

    private string Claude => _folder.File("home", ".claude", ".claude.json");

    private string Codex => _folder.File("home", ".codex", "config.toml");

    private string Gemini => _folder.File("home", ".gemini", "settings.json");

    [SetUp]
    public void Write()
    {
        File.WriteAllText(Claude, ClaudeText);
        File.WriteAllText(Codex, CodexText);
        File.WriteAllText(Gemini, GeminiText);
    }

    [Test]
    public async Task Setup_OfTheRealClis_TheyListOurServerUntilItIsRemoved()
    {
        var (code, output) = await SetupAsync("--yes");

        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("Claude Code: its own mcp list has polydev")
            .And.Contain("Codex CLI: its own mcp list has polydev").And.Contain("Gemini CLI: its own mcp list has polydev"));
        Assert.That(output, Does.Contain("Restart the editors.").And.Not.Contain("polydev-mcp login"), "it has a token");

        // Each starts what the entry says, or tells it whole.

        Assert.That(await ListAsync(TestClis.Claude), Does.Match(@"polydev: .*polydev-mcp.* - . Connected").And.Contain("mine: true"));
        Assert.That(await ListAsync(TestClis.Codex), Does.Match(@"(?m)^polydev .*polydev-mcp").And.Match("(?m)^mine .*true"));
        Assert.That(await ListAsync(TestClis.Node, TestClis.Gemini), Does.Match(@"polydev: .*polydev-mcp").And.Contain("mine: true"));

        Assert.That(await File.ReadAllTextAsync(Codex), Does.StartWith(CodexText).And.Contain("https://broker.example"));
        Assert.That(await File.ReadAllTextAsync(Gemini), Does.StartWith(GeminiText.Split(" /*")[0]).And.EndWith("\n   }\n}\n"));
        foreach (var file in Directory.EnumerateFiles(Home, "*", SearchOption.AllDirectories))
        {
            Assert.That(await File.ReadAllTextAsync(file), Does.Not.Contain(Token), file);
        }

        Assert.That((await SetupAsync("--yes")).Output, Does.Contain("unchanged: polydev is in it already").And.Not.Contain(": done"));

        Assert.That(
            (await SetupAsync(["codex", "--yes"], "https://broker.example", token: null)).Output, Does.Contain("polydev-mcp login"));

        (code, output) = await SetupAsync("--remove", "--yes");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("Codex CLI: its own mcp list does not have polydev"));
        Assert.That(await File.ReadAllTextAsync(Codex), Is.EqualTo(CodexText));
        Assert.That(await File.ReadAllTextAsync(Gemini), Is.EqualTo(GeminiText));

        // Claude Code has written its file anew when it listed: what it says is left.
        Assert.That(await File.ReadAllTextAsync(Claude), Does.Not.Contain("polydev").And.Contain("numStartups").And.Contain("mine"));
        Assert.That(await ListAsync(TestClis.Claude), Does.Contain("mine: true").And.Not.Contain("polydev"));
    }

    [Test]
    public async Task Setup_WithoutATerminal_OnlyShows()
    {
        var (code, output) = await SetupAsync("codex", "gemini");

        Assert.That(code, Is.EqualTo(3), output);
        Assert.That(output, Does.Contain("+ [mcp_servers.polydev]").And.Contain("Add --yes"));
        Assert.That(await File.ReadAllTextAsync(Codex), Is.EqualTo(CodexText));
        Assert.That((await SetupAsync("--dry-run")).Code, Is.Zero);
        Assert.That(Directory.EnumerateFiles(Home, "*polydev*", SearchOption.AllDirectories), Is.Empty);
    }

    [TestCase("emacs")]
    [TestCase("codex", "--force")]
    [TestCase("codex", Token)]
    public async Task Setup_OfWhatItDoesNotKnow_SaysWhatItKnows(params string[] arguments)
    {
        var (code, output) = await SetupAsync([.. arguments, "--yes"]);

        Assert.That(code, Is.EqualTo(2), output);
        Assert.That(output, Does.Contain("claude-code, cursor, cline, vscode, windsurf, zed, codex, gemini").And.Not.Contain(Token));
        Assert.That(await File.ReadAllTextAsync(Codex), Is.EqualTo(CodexText));
    }

    [TestCase("ftp://broker.example")]
    [TestCase("https://me:secret@broker.example")]
    [TestCase("https://broker.example/?key=secret")]
    public async Task Setup_WithABrokerThatMustNotBeWritten_IsRefused(string broker)
    {
        var (code, output) = await SetupAsync(["codex", "--yes"], broker);

        Assert.That(code, Is.EqualTo(2), output);
        Assert.That(output, Does.Contain("POLYDEV_BROKER_URL").And.Not.Contain("secret"));
        Assert.That(await File.ReadAllTextAsync(Codex), Is.EqualTo(CodexText));
    }

    public void Dispose() => _folder.Dispose();

    private Task<(int Code, string Output)> SetupAsync(params string[] arguments) => SetupAsync(arguments, "https://broker.example");

    private async Task<(int Code, string Output)> SetupAsync(string[] arguments, string broker, string? token = Token)
    {
        var command = TunnelProgram.Command(build);
        var environment = new Dictionary<string, string>(Environment) { ["POLYDEV_BROKER_URL"] = broker };
        if (token is not null)
        {
            environment["POLYDEV_USER_TOKEN"] = token;
        }

        await using var setup = RunningProgram.Start(command[0], [.. command.Skip(1), "setup", .. arguments], environment, Home);
        return (await setup.ExitAsync(TaskTimeouts.Default * 2), setup.Output);
    }

    private async Task<string> ListAsync(params string[] program)
    {
        await using var list = RunningProgram.Start(program[0], [.. program.Skip(1), "mcp", "list"], Environment, Home);
        Assert.That(await list.ExitAsync(), Is.Zero, list.Output);
        return list.Output;
    }

    // A login is not needed to list servers. Claude Code waits for those that it starts for as long as a busy machine may need.
    private Dictionary<string, string> Environment => new()
    {
        ["HOME"] = Home,
        ["XDG_CONFIG_HOME"] = _folder.Folder("home", ".config"),
        ["XDG_DATA_HOME"] = _folder.Folder("share"),
        ["POLYDEV_STATE_DIR"] = _folder.Folder("state"),
        ["CODEX_HOME"] = Path.GetDirectoryName(Codex)!,
        ["CLAUDE_CONFIG_DIR"] = Path.GetDirectoryName(Claude)!,
        ["CLAUDE_CODE_PATH"] = TestClis.Claude,
        ["CODEX_CLI_PATH"] = TestClis.Codex,
        ["GEMINI_CLI_PATH"] = TestClis.Gemini,
        ["DISABLE_AUTOUPDATER"] = "1",
        ["MCP_TIMEOUT"] = "60000",
    };
}
