using System.Text.Json;
using Polydev.ModelProvider;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>A user's home with the three CLIs set up by API key against the loopback provider.</summary>
internal sealed class UserHome
{
    // What a self-test of the CLIs has found stands for every home of this run: as it stands for each start of a user's tunnel.
    private static byte[] _selfTests = [];

    private readonly TemporaryFolder _folder;
    private readonly ProviderServer _provider;

    public UserHome(TemporaryFolder folder, ProviderServer provider)
    {
        (_folder, _provider) = (folder, provider);
        Path = folder.Folder("home");
        File.WriteAllText(folder.File("home", ".codex", "config.toml"), $"""
            model_provider = "loopback"

            [model_providers.loopback]
            name = "Loopback"
            base_url = "{provider.OpenAiBaseUrl}"
            wire_api = "responses"
            env_key = "LOOPBACK_KEY"
            """);
        File.WriteAllText(folder.File("home", ".gemini", "settings.json"), """{"security":{"auth":{"selectedType":"gemini-api-key"}}}""");
        Environment = new Dictionary<string, string>
        {
            ["HOME"] = Path,
            ["XDG_DATA_HOME"] = folder.Folder("share"),
            ["POLYDEV_STATE_DIR"] = StateFolder,
            ["POLYDEV_DATA"] = folder.Folder("broker"),
            ["CODEX_HOME"] = System.IO.Path.Combine(Path, ".codex"),
            ["CLAUDE_CONFIG_DIR"] = folder.Folder("home", ".claude"),
            ["CLAUDE_CODE_PATH"] = TestClis.Claude,
            ["CODEX_CLI_PATH"] = TestClis.Codex,
            ["GEMINI_CLI_PATH"] = TestClis.Gemini,
            ["ANTHROPIC_BASE_URL"] = provider.AnthropicBaseUrl,
            ["ANTHROPIC_API_KEY"] = "sk-ant-loopback",
            ["LOOPBACK_KEY"] = "sk-loopback",
            ["GEMINI_API_KEY"] = "loopback",
            ["GOOGLE_GEMINI_BASE_URL"] = provider.GeminiBaseUrl,
            ["POLYDEV_TEST_MARKER"] = folder.FullName,
        };
    }

    public string Path { get; }

    /// <summary>An empty folder to run a CLI in by hand.</summary>
    public string WorkFolder => _folder.Folder("home", "work");

    /// <summary>Where the tunnel keeps its state: private folders of CLIs lie below.</summary>
    public string StateFolder => _folder.Folder("state");

    public IReadOnlyDictionary<string, string> Environment { get; private set; }

    /// <summary>The token that a login has kept here.</summary>
    public string StoredToken
    {
        get
        {
            using var stored = JsonDocument.Parse(File.ReadAllText(_folder.File("config", "polydev", "credentials.json")));
            return stored.RootElement.GetProperty("token").GetString()!;
        }
    }

    private string SelfTests => System.IO.Path.Combine(StateFolder, "selftests.json");

    /// <summary>Claude Code and Codex are logged in with a subscription, by false tokens. There is no ChatGPT backend.</summary>
    public void UseSubscriptions()
    {
        var environment = Environment.Where(variable => variable.Key != "ANTHROPIC_API_KEY").ToDictionary();
        environment["CLAUDE_CODE_OAUTH_TOKEN"] = "sk-ant-oat01-loopback";
        Environment = environment;
        File.WriteAllText(_folder.File("home", ".codex", "config.toml"), $"""
            openai_base_url = "{_provider.OpenAiBaseUrl}"
            chatgpt_base_url = "{_provider.OpenAiBaseUrl}/backend-api"
            """);
        File.WriteAllText(_folder.File("home", ".codex", "auth.json"), ChatGptLogin.Json());
    }

    /// <summary>Before a tunnel starts: what is known of its CLIs is not found out again.</summary>
    public async Task PutSelfTestsAsync()
    {
        if (_selfTests.Length > 0 && !File.Exists(SelfTests))
        {
            await File.WriteAllBytesAsync(SelfTests, _selfTests);
        }
    }

    /// <summary>Once none of a tunnel's CLIs is being tested any more.</summary>
    public async Task KeepSelfTestsAsync()
    {
        var found = File.Exists(SelfTests) ? await File.ReadAllBytesAsync(SelfTests) : [];

        // Of all CLIs, in the end: some homes have one alone.
        _selfTests = found.Length > _selfTests.Length ? found : _selfTests;
    }

    /// <summary>For a <c>polydev-mcp</c> that is told of no broker: it knows what a login has kept.</summary>
    /// <param name="missing">The variables of the CLIs that are not installed.</param>
    public Dictionary<string, string> ToldOfNoBroker(params string[] missing)
    {
        var environment = new Dictionary<string, string>(Environment)
        {
            ["XDG_CONFIG_HOME"] = _folder.Folder("config"),
            ["POLYDEV_BROKER_URL"] = "",
            ["POLYDEV_USER_TOKEN"] = "",
            ["DISPLAY"] = "",
            ["WAYLAND_DISPLAY"] = "",
        };
        foreach (var variable in missing)
        {
            environment[variable] = _folder.Folder("no-cli");
        }

        return environment;
    }

    /// <summary>A file with a secret in it, that no answer and no request may ever hold.</summary>
    public (string Path, string Secret) PlantSecret()
    {
        var secret = $"secret-{Guid.NewGuid():N}";
        var path = _folder.File("home", "secret.txt");
        File.WriteAllText(path, secret);
        return (path, secret);
    }

    /// <summary>What every trap of <see cref="SetTraps"/> creates when it is stepped on.</summary>
    public string TrapCanary => Canary("trap");

    /// <summary>Stands in the instructions that the traps would bring to the model.</summary>
    public const string TrapText = "TRAP-INSTRUCTION";

    /// <summary>
    /// Hooks, MCP servers, notifications and instructions in the user's own settings: a locked CLI looks at none of them.
    /// </summary>
    public void SetTraps()
    {
        var hook = $$"""[{"hooks":[{"type":"command","command":"touch {{TrapCanary}}"}]}]""";
        File.WriteAllText(
            _folder.File("home", ".claude", "settings.json"),
            $$$"""{"hooks":{"SessionStart":{{{hook}}},"UserPromptSubmit":{{{hook}}},"Stop":{{{hook}}}}}""");
        File.WriteAllText(_folder.File("home", ".claude", "CLAUDE.md"), TrapText);
        var codex = _folder.File("home", ".codex", "config.toml");
        File.WriteAllText(codex, $"""
            notify = ["touch", "{TrapCanary}"]
            developer_instructions = "{TrapText}"
            {File.ReadAllText(codex)}

            [mcp_servers.trap]
            command = "touch"
            args = ["{TrapCanary}"]
            """);
        File.WriteAllText(_folder.File("home", ".codex", "AGENTS.md"), TrapText);
        File.WriteAllText(_folder.File("home", ".gemini", "settings.json"), $$"""
            {
              "security": { "auth": { "selectedType": "gemini-api-key" } },
              "mcpServers": { "trap": { "command": "touch", "args": ["{{TrapCanary}}"] } }
            }
            """);
        File.WriteAllText(_folder.File("home", ".gemini", "GEMINI.md"), TrapText);
    }

    /// <summary>A path that nothing may create.</summary>
    public string Canary(string name) => System.IO.Path.Combine(CanaryFolder, name);

    /// <summary>Empty for as long as all locks hold.</summary>
    public string CanaryFolder => _folder.Folder("canaries");
}
