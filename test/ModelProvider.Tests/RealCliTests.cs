using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.ModelProvider.Tests;

/// <summary>The three CLIs, in their own headless modes, take this provider for their vendor.</summary>
public sealed class RealCliTests
{
    private TemporaryFolder _home = null!;
    private ProviderServer _provider = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _home = new TemporaryFolder();
        _provider = await ProviderServer.StartAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _provider.DisposeAsync();
        _home.Dispose();
    }

    [Test]
    public async Task Claude_Prompt_PrintsTheScriptedText()
    {
        _provider.Answer(ProviderScript.Empty.Thinking("hm").Text("one ", "two ", "three"));

        var printed = await CliRun.RunAsync(
            _home,
            TestClis.Claude,
            ["-p", "hello claude", "--model", "claude-haiku-4-5-20251001"],
            [
                ("ANTHROPIC_BASE_URL", _provider.AnthropicBaseUrl),
                ("ANTHROPIC_API_KEY", "test"),
                ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
            ]);

        Assert.That(printed, Is.EqualTo("one two three"));
        await AssertReceivedAsync(ProviderDialect.Anthropic, "claude-haiku-4-5-20251001", "hello claude", "Bash");
    }

    [Test]
    public async Task Codex_Prompt_PrintsTheScriptedText()
    {
        _provider.Answer(ProviderScript.Empty.Thinking("hm").Text("one ", "two ", "three"));
        var home = _home.Folder("codex");

        var printed = await CliRun.RunAsync(
            _home,
            TestClis.Codex,
            [
                "exec", "--skip-git-repo-check", "-m", "gpt-5.3-codex", "-c", "model_provider=test", "-c",
                $"model_providers.test={{name=\"test\",base_url=\"{_provider.OpenAiBaseUrl}\",wire_api=\"responses\",env_key=\"TEST_KEY\","
                    + "request_max_retries=0,stream_max_retries=0}",
                "hello codex",
            ],
            [("CODEX_HOME", home), ("TEST_KEY", "test")]);

        Assert.That(printed, Is.EqualTo("one two three"));
        await AssertReceivedAsync(ProviderDialect.OpenAi, "gpt-5.3-codex", "hello codex", "exec_command");
    }

    [Test]
    public async Task Gemini_Prompt_PrintsTheScriptedText()
    {
        _provider.Answer(ProviderScript.Empty.Thinking("hm").Text("one ", "two ", "three"));
        await File.WriteAllTextAsync(_home.File(".gemini", "settings.json"), """{"security":{"auth":{"selectedType":"gemini-api-key"}}}""");

        var printed = await CliRun.RunAsync(
            _home,
            TestClis.Node,
            [TestClis.Gemini, "-m", "gemini-2.5-flash", "-p", "hello gemini"],
            [
                ("GEMINI_CLI_HOME", _home.FullName), ("GEMINI_CLI_TRUST_WORKSPACE", "true"), ("GEMINI_CLI_NO_RELAUNCH", "true"),
                ("GOOGLE_GEMINI_BASE_URL", _provider.GeminiBaseUrl), ("GEMINI_API_KEY", "test"),
            ]);

        Assert.That(printed, Is.EqualTo("one two three"));
        await AssertReceivedAsync(ProviderDialect.Gemini, "gemini-2.5-flash", "hello gemini", "read_file");
    }

    private async Task AssertReceivedAsync(ProviderDialect dialect, string model, string question, string tool)
    {
        var request = await _provider.NextRequestAsync().DefaultTimeout();
        Assert.Multiple(() =>
        {
            Assert.That(request.Dialect, Is.EqualTo(dialect));
            Assert.That(request.Model, Is.EqualTo(model));
            Assert.That(request.Stream, Is.True);
            Assert.That(request.LastUserText, Does.EndWith(question));
            Assert.That(request.Conversation.System, Is.Not.Empty);
            Assert.That(request.Conversation.ToolNames, Does.Contain(tool), "unlocked, the CLI offers its own tools");
            Assert.That(request.ClientDisconnected, Is.False);
        });
    }
}
