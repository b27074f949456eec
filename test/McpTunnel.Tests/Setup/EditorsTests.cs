using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Setup;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Setup;

/// <summary>Where each editor's file is looked for. Windows' own separators are not asked of another system.</summary>
[Platform(Exclude = "Win")]
internal sealed class EditorsTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [TestCase("claude-code", ".claude.json", ".claude.json", ".claude.json")]
    [TestCase("cursor", ".cursor/mcp.json", ".cursor/mcp.json", ".cursor/mcp.json")]
    [TestCase(
        "cline", ".cline/data/settings/cline_mcp_settings.json", ".cline/data/settings/cline_mcp_settings.json",
        ".cline/data/settings/cline_mcp_settings.json")]
    [TestCase(
        "vscode", ".config/Code/User/mcp.json", "Library/Application Support/Code/User/mcp.json", "AppData/Roaming/Code/User/mcp.json")]
    [TestCase("windsurf", ".config/devin/mcp_config.json", ".config/devin/mcp_config.json", "AppData/Roaming/devin/mcp_config.json")]
    [TestCase("zed", ".config/zed/settings.json", ".config/zed/settings.json", "AppData/Roaming/Zed/settings.json")]
    [TestCase("codex", ".codex/config.toml", ".codex/config.toml", ".codex/config.toml")]
    [TestCase("gemini", ".gemini/settings.json", ".gemini/settings.json", ".gemini/settings.json")]
    public void Targets_WithNothingThere_AreWhereTheNewestVersionLooks(string name, string linux, string mac, string windows)
    {
        var editor = SetupRig.Editor(name);
        foreach (var (system, file) in new[] { (SystemKind.Linux, linux), (SystemKind.MacOs, mac), (SystemKind.Windows, windows) })
        {
            Assert.That(editor.Targets(Machine(system)), Is.EqualTo(new[] { Path.Combine(_folder.FullName, file) }));
            Assert.That(editor.IsInstalled(Machine(system)), Is.False);
        }
    }

    [TestCase("claude-code", "CLAUDE_CONFIG_DIR", ".claude.json")]
    [TestCase("codex", "CODEX_HOME", "config.toml")]
    [TestCase("gemini", "GEMINI_CLI_HOME", ".gemini/settings.json")]
    [TestCase("vscode", "XDG_CONFIG_HOME", "Code/User/mcp.json")]
    [TestCase("zed", "XDG_CONFIG_HOME", "zed/settings.json")]
    [TestCase("zed", "FLATPAK_XDG_CONFIG_HOME", "zed/settings.json")]
    [TestCase("cline", "CLINE_DIR", "data/settings/cline_mcp_settings.json")]
    [TestCase("cline", "CLINE_DATA_DIR", "settings/cline_mcp_settings.json")]
    public void Targets_WithTheProgramsOwnVariable_FollowIt(string name, string variable, string file) => Assert.That(
        SetupRig.Editor(name).Targets(Machine(SystemKind.Linux, (variable, "/else/where"))),
        Is.EqualTo(new[] { Path.Combine("/else/where", file) }));

    [Test]
    public void Targets_WithARelativeVariable_DoNotDependOnTheWorkingFolder() => Assert.That(
        SetupRig.Editor("codex").Targets(Machine(SystemKind.Linux, ("CODEX_HOME", "here"))),
        Is.EqualTo(new[] { Path.Combine(_folder.FullName, ".codex", "config.toml") }));

    [Test]
    public void Targets_OfAnEditorThatHasMoved_AreAllFilesThatThereAre()
    {
        var windsurf = SetupRig.Editor("windsurf");
        var old = _folder.File(".codeium", "windsurf", "mcp_config.json");
        Assert.That(windsurf.IsInstalled(Machine(SystemKind.Linux)), Is.True, "its folder is there");
        Assert.That(windsurf.Targets(Machine(SystemKind.Linux)), Is.EqualTo(new[] { old }), "the one with a folder");

        var now = _folder.File(".config", "devin", "mcp_config.json");
        Assert.That(windsurf.Targets(Machine(SystemKind.Linux)), Is.EqualTo(new[] { now }));

        File.WriteAllText(old, "{}");
        Assert.That(windsurf.Targets(Machine(SystemKind.Linux)), Is.EqualTo(new[] { old }));

        File.WriteAllText(now, "{}");
        Assert.That(windsurf.Targets(Machine(SystemKind.Linux)), Is.EqualTo(new[] { now, old }));
    }

    [Test]
    public void Targets_OfClineInVsCode_AreTheExtensionsFileToo()
    {
        var extension = _folder.File(
            ".config", "Code", "User", "globalStorage", "saoudrizwan.claude-dev", "settings", "cline_mcp_settings.json");
        File.WriteAllText(extension, "{}");

        Assert.That(SetupRig.Editor("cline").IsInstalled(Machine(SystemKind.Linux)), Is.True);
        Assert.That(SetupRig.Editor("cline").Targets(Machine(SystemKind.Linux)), Is.EqualTo(new[] { extension }));
    }

    [Test]
    public void All_Names_AreThoseOfTheCommandLine() => Assert.That(
        Editors.All.Select(editor => editor.Name),
        Is.EqualTo(new[] { "claude-code", "cursor", "cline", "vscode", "windsurf", "zed", "codex", "gemini" }));

    [Test]
    public void Entry_OfAProgramThatPathLeadsTo_IsTheNameOnPath()
    {
        var (real, link) = (_folder.File("versions", "1.2", "polydev-mcp"), _folder.File("bin", "polydev-mcp"));
        File.WriteAllText(real, string.Empty);
        File.CreateSymbolicLink(link, real);
        File.WriteAllText(_folder.File("other", "polydev-mcp"), string.Empty);
        var path = $"{_folder.Folder("other")}:relative:{_folder.Folder("bin")}";

        var entry = OwnCommand.Entry(Machine(SystemKind.Linux, ("PATH", path)).Clis, real, "/unused", broker: null);

        Assert.That((entry.Command, entry.Arguments), Is.EqualTo((link, Array.Empty<string>())));
    }

    [Test]
    public void Entry_OfAProgramThatIsNotOnPath_IsItsFile()
    {
        var path = _folder.Folder("bin");
        File.CreateSymbolicLink(Path.Combine(path, "polydev-mcp"), "polydev-mcp");

        var entry = OwnCommand.Entry(Machine(SystemKind.Linux, ("PATH", path)).Clis, "/opt/polydev-mcp", "/unused", "https://b.example");

        Assert.That((entry.Command, entry.Broker), Is.EqualTo(("/opt/polydev-mcp", "https://b.example")));
    }

    [Test]
    public void Entry_OfAnAssemblyThatDotnetRuns_NamesBoth()
    {
        var entry = OwnCommand.Entry(Machine(SystemKind.Linux).Clis, "/usr/bin/dotnet", "/tool", broker: null);

        Assert.That(entry.Command, Is.EqualTo("/usr/bin/dotnet"));
        Assert.That(entry.Arguments, Is.EqualTo(new[] { "/tool/polydev-mcp.dll" }));
    }

    private EditorMachine Machine(SystemKind system, params (string Name, string Value)[] variables) => new(
        new CliEnvironment
        {
            Variables = variables.Append(("CLAUDE_CODE_PATH", "/nowhere")).Append(("CODEX_CLI_PATH", "/nowhere"))
                .Append(("GEMINI_CLI_PATH", "/nowhere")).ToDictionary(pair => pair.Item1, pair => pair.Item2),
            Home = _folder.FullName,
            RunRoot = "/unused",
        },
        system);
}
