using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.TestKit;
using Tomlyn.Model;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>
/// Where the users of the CLIs have pointed them at, wherever that stands; and the header that such a CLI's calls bear, for a broker that
/// it may lead to under a name that nobody knows.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BaseUrlTests
{
    private const string Elsewhere = "http://proxy.example:8080/v1";
    private const string Hop = "x-polydev-hop";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _variables = [];

    private CliEnvironment Cli => new() { Variables = _variables, Home = _folder.FullName, RunRoot = _folder.Folder("run") };

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase(true)]
    [TestCase(false)]
    public void Claude_OwnBaseUrl_IsKnownAndItsCallsBearTheHeader(bool inSettings)
    {
        _variables["ANTHROPIC_CUSTOM_HEADERS"] = "x-mine: 2\n";
        if (inSettings)
        {
            File.WriteAllText(_folder.File(".claude", "settings.json"), $$"""{"env":{"ANTHROPIC_BASE_URL":"{{Elsewhere}}"} }""");
        }
        else
        {
            _variables["ANTHROPIC_BASE_URL"] = Elsewhere;
        }

        var login = ClaudeLogin.Of(Cli);

        Assert.That(login.BaseUrls, Is.EqualTo(new[] { Elsewhere }));
        Assert.That(login.Variables["ANTHROPIC_CUSTOM_HEADERS"], Is.EqualTo($"x-mine: 2\n{Hop}: 1"));
    }

    [Test]
    public void Claude_TheVendorsOwn_BearsNothingOfOurs()
    {
        _variables["ANTHROPIC_BASE_URL"] = "https://api.anthropic.com";

        Assert.That(ClaudeLogin.Of(Cli).Variables.Keys, Has.No.Member("ANTHROPIC_CUSTOM_HEADERS"));
    }

    [TestCase("model_provider='a'\n[model_providers.a]\nbase_url='URL'\nhttp_headers={mine='2'}")]
    [TestCase("openai_base_url='URL'")]
    public void Codex_OwnBaseUrl_IsKnownAndItsCallsBearTheHeader(string config)
    {
        WriteCodex(config.Replace("URL", Elsewhere, StringComparison.Ordinal));

        var provider = (TomlTable)((TomlTable)CodexLogin.Read(Cli).Carried["model_providers"]).Values.Single();
        var headers = (TomlTable)provider["http_headers"];

        Assert.That(CodexProviders.BaseUrls(Cli).Distinct(), Is.EqualTo(new[] { Elsewhere }));
        Assert.That(headers[Hop], Is.EqualTo("1"));
        Assert.That(headers.ContainsKey("mine"), Is.EqualTo(config.Contains("mine", StringComparison.Ordinal)));
    }

    [Test]
    public void Codex_TheVendorsOwn_BearsNothingOfOurs()
    {
        WriteCodex("model='m'");

        var provider = (TomlTable)((TomlTable)CodexLogin.Read(Cli).Carried["model_providers"]).Values.Single();

        Assert.That(provider.ContainsKey("http_headers"), Is.False);
    }

    [Test]
    public void Codex_FilesThatCannotBeRead_HaveNoBaseUrl()
    {
        WriteCodex("a =");

        Assert.That(CodexProviders.BaseUrls(Cli), Is.Empty);
    }

    [TestCase("GOOGLE_GEMINI_BASE_URL", true)]
    [TestCase("GOOGLE_GEMINI_BASE_URL", false)]
    [TestCase("GOOGLE_VERTEX_BASE_URL", false)]
    [TestCase("CODE_ASSIST_ENDPOINT", false)]
    public void Gemini_OwnBaseUrl_IsKnownAndItsCallsBearTheHeader(string name, bool inFile)
    {
        if (inFile)
        {
            File.WriteAllText(_folder.File(".gemini", ".env"), $"{name}={Elsewhere}");
        }
        else
        {
            _variables[name] = Elsewhere;
        }

        var login = GeminiLogin.Read(Cli);

        Assert.That(login.BaseUrls, Is.EqualTo(new[] { Elsewhere }));
        Assert.That(login.Environment["GEMINI_CLI_CUSTOM_HEADERS"], Is.EqualTo($"{Hop}:1"));
    }

    [Test]
    public void Gemini_TheVendorsOwn_BearsNothingOfOurs()
    {
        _variables["GOOGLE_GEMINI_BASE_URL"] = "https://generativelanguage.googleapis.com";

        Assert.That(GeminiLogin.Read(Cli).Environment.Keys, Has.No.Member("GEMINI_CLI_CUSTOM_HEADERS"));
    }

    private void WriteCodex(string config)
    {
        File.WriteAllText(_folder.File(".codex", "config.toml"), config);
        File.WriteAllText(_folder.File(".codex", "auth.json"), """{"OPENAI_API_KEY":"sk-1"}""");
    }
}
