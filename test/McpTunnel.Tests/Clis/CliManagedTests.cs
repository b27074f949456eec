using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>Administrators' settings, planted below a system's root of the test's own; the CLIs are the real ones.</summary>
[Category("Cli")]
internal sealed class CliManagedTests
{
    private TemporaryFolder _folder = null!;

    private static IEnumerable<(string Provider, string File)> Layers =>
    [
        (Providers.Claude, "etc/claude-code/managed-settings.json"),
        (Providers.Claude, "etc/claude-code/managed-mcp.json"),
        (Providers.Claude, "etc/claude-code/managed-settings.d/10-house.json"),
        (Providers.Claude, "Library/Application Support/ClaudeCode/managed-settings.json"),
        (Providers.Claude, "Library/Managed Preferences/com.anthropic.claudecode.plist"),
        (Providers.Claude, "Library/Managed Preferences/jo/com.anthropic.claudecode.plist"),
        (Providers.Claude, "Program Files/ClaudeCode/managed-settings.json"),
        (Providers.Codex, "etc/codex/managed_config.toml"),
        (Providers.Codex, "etc/codex/requirements.toml"),
        (Providers.Codex, "etc/codex/config.toml"),
        (Providers.Codex, "Library/Managed Preferences/jo/com.openai.codex.plist"),
        (Providers.Gemini, "etc/gemini-cli/policies/house.toml"),
    ];

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task DetectAsync_AdministratorsSettings_AreNamedAndTheCliIsNotUsed(
        [ValueSource(nameof(Layers))] (string Provider, string File) layer)
    {
        await using var adapter = Create(layer.Provider);
        var before = adapter.Look();
        var file = Plant(layer.File, "x = 1");
        var after = adapter.Look();

        var info = await adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
        var failure = Assert.ThrowsAsync<CliFailureException>(() => RunAsync(adapter).DefaultTimeout())!;

        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.Unusable));
            Assert.That(info.Hint, Does.Contain(file).And.Contain("POLYDEV_ALLOW_MANAGED=1"));
            Assert.That((failure.Kind, failure.Message), Is.EqualTo((FailureKind.NoCli, info.Hint)));
            Assert.That(after, Is.Not.EqualTo(before), "no process that started before serves on");
        });
    }

    [TestCase(Providers.Claude, "etc/claude-code/managed-settings.json", "x", "1")]
    [TestCase(Providers.Codex, "etc/codex/config.toml", "x", "1")]
    [TestCase(Providers.Gemini, "etc/gemini-cli/policies/house.toml", "x", "1")]
    [TestCase(Providers.Codex, "etc/codex/config.toml", "", "")]
    [TestCase(Providers.Gemini, "etc/gemini-cli/settings.json", "{}", "")]
    public async Task DetectAsync_AllowedOrNothingAboveTheLock_IsReady(string provider, string path, string content, string allowed)
    {
        Plant(path, content);
        await using var adapter = Create(provider, allowed);

        var info = await adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.That(info.State, Is.EqualTo(CliState.Ready), info.Hint);
    }

    private string Plant(string path, string content)
    {
        var file = _folder.File("system", path);
        File.WriteAllText(file, content);
        return file;
    }

    private ICliAdapter Create(string provider, string allowed = "")
    {
        File.WriteAllText(_folder.File("user", ".codex", "auth.json"), """{"OPENAI_API_KEY":"sk-test"}""");
        var environment = new CliEnvironment
        {
            Variables = new Dictionary<string, string>
            {
                ["PATH"] = Environment.GetEnvironmentVariable("PATH")!,
                [ClaudeCli.PathVariable] = TestClis.Claude,
                [CodexCli.PathVariable] = TestClis.Codex,
                [GeminiCli.PathVariable] = TestClis.Gemini,
                [GeminiCli.NodeVariable] = TestClis.Node,
                ["ANTHROPIC_API_KEY"] = "sk-test",
                ["GEMINI_API_KEY"] = "test",
                [CliManaged.AllowVariable] = allowed,
            },
            Home = _folder.Folder("user"),
            RunRoot = _folder.Folder("run"),
            SystemRoot = _folder.Folder("system"),
        };
        return provider switch
        {
            Providers.Claude => new ClaudeAdapter(environment, TimeProvider.System, NullLogger<ClaudeAdapter>.Instance),
            Providers.Codex => new CodexAdapter(environment, TimeProvider.System, NullLogger<CodexAdapter>.Instance),
            _ => new GeminiAdapter(environment, TimeProvider.System, NullLogger<GeminiAdapter>.Instance),
        };
    }

    private static async Task RunAsync(ICliAdapter adapter)
    {
        var item = new WorkItem { Model = "m", Messages = { CliRig.Message(Role.User, CliRig.Text("hello")) } };
        await foreach (var _ in adapter.RunAsync(item, CancellationToken.None))
        {
        }
    }
}
