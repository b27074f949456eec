using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.ModelProvider;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>The real Codex CLI, logged in with an API key.</summary>
internal sealed class CodexRig : CliRig
{
    public const string Model = "gpt-5.3-codex";
    public const string ApiKey = "sk-of-the-test";

    private CodexRig(ProviderServer provider, Dictionary<string, string> variables)
        : base(provider, variables)
    {
    }

    /// <param name="config">The user's config.toml; by default only the provider's address.</param>
    /// <param name="auth">The user's auth.json; empty: none.</param>
    public static async Task<CodexRig> StartAsync(
        string? config = null, string? auth = null, params (string Name, string Value)[] variables)
    {
        var provider = await ProviderServer.StartAsync();
        var all = variables.ToDictionary(variable => variable.Name, variable => variable.Value);
        all.TryAdd(CodexCli.PathVariable, TestClis.Codex);
        var rig = new CodexRig(provider, all);
        rig.WriteUserFile("config.toml", (config ?? "openai_base_url = 'BASE'").Replace("BASE", provider.OpenAiBaseUrl));
        auth ??= $$"""{"OPENAI_API_KEY":"{{ApiKey}}"}""";
        if (auth.Length > 0)
        {
            rig.WriteUserFile("auth.json", auth);
        }

        return rig;
    }

    public void WriteUserFile(string name, string content) => File.WriteAllText(Folder.File("user", ".codex", name), content);

    public static WorkItem Ask(string text, string model = Model) => Conversation(Providers.Codex, model, string.Empty, [text]);

    public static WorkItem Conversation(string instructions, params string[] texts) =>
        Conversation(Providers.Codex, Model, instructions, texts);

    protected override ICliAdapter Create(ILoggerFactory logging) =>
        new CodexAdapter(Cli, TimeProvider.System, logging.CreateLogger<CodexAdapter>());
}
