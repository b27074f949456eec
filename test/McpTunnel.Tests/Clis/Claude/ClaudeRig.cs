using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.ModelProvider;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>The real Claude Code.</summary>
internal sealed class ClaudeRig : CliRig
{
    public const string Model = "claude-haiku-4-5-20251001";
    public const string ApiKey = "sk-of-the-test";

    private ClaudeRig(ProviderServer provider, Dictionary<string, string> variables)
        : base(provider, variables)
    {
    }

    /// <summary>Logged in with an API key of the environment.</summary>
    public static Task<ClaudeRig> StartAsync() => StartAsync(("ANTHROPIC_API_KEY", ApiKey));

    public static async Task<ClaudeRig> StartAsync(params (string Name, string Value)[] variables)
    {
        var provider = await ProviderServer.StartAsync();
        var all = variables.ToDictionary(variable => variable.Name, variable => variable.Value);
        all["ANTHROPIC_BASE_URL"] = provider.AnthropicBaseUrl;
        all.TryAdd(ClaudeCli.PathVariable, TestClis.Claude);
        return new ClaudeRig(provider, all);
    }

    public void WriteUserFile(string name, string content) => File.WriteAllText(Folder.File("user", ".claude", name), content);

    public static WorkItem Ask(string text) => Conversation(string.Empty, text);

    public static WorkItem Conversation(string instructions, params string[] texts) =>
        Conversation(Providers.Claude, Model, instructions, texts);

    protected override ICliAdapter Create(ILoggerFactory logging) =>
        new ClaudeAdapter(Cli, TimeProvider.System, logging.CreateLogger<ClaudeAdapter>());
}
