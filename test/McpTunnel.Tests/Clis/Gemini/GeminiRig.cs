using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.ModelProvider;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

/// <summary>The real Gemini CLI, logged in with an API key.</summary>
internal sealed class GeminiRig : CliRig
{
    public const string Model = KnownModels.DefaultGemini;

    private GeminiRig(ProviderServer provider, Dictionary<string, string> variables, int warm)
        : base(provider, variables, warm)
    {
    }

    /// <param name="warm">None by default: a start takes a second of the machine.</param>
    public static async Task<GeminiRig> StartAsync(int warm = 0, params (string Name, string Value)[] variables)
    {
        var provider = await ProviderServer.StartAsync();
        var all = new Dictionary<string, string>(variables.ToDictionary(
            variable => variable.Name, variable => variable.Value.Replace("BASE", provider.GeminiBaseUrl)))
        {
            [GeminiCli.NodeVariable] = TestClis.Node,
            ["GEMINI_API_KEY"] = "test-key",
            ["GOOGLE_GEMINI_BASE_URL"] = provider.GeminiBaseUrl,
            ["GEMINI_SYSTEM_MD"] = "/nowhere/not-the-users.md",
        };
        all.TryAdd(GeminiCli.PathVariable, TestClis.Gemini);
        return new GeminiRig(provider, all, warm);
    }

    /// <summary>A path that nothing may touch.</summary>
    public string Canary(string name) => Folder.File("canary", name);

    public static WorkItem Conversation(string instructions, params string[] texts) =>
        Conversation(Providers.Gemini, Model, instructions, texts);

    public static WorkItem Ask(params string[] texts) => Conversation(string.Empty, texts);

    protected override ICliAdapter Create(ILoggerFactory logging) =>
        new GeminiAdapter(Cli, TimeProvider.System, logging.CreateLogger<GeminiAdapter>());
}
