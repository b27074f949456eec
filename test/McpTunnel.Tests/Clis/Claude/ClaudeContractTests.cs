using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

public sealed class ClaudeContractTests : CliAdapterContract
{
    protected override string Model => ClaudeRig.Model;

    private protected override Dictionary<string, (string Path, string Json)> Honoured { get; } = new()
    {
        [RequestFeatures.MaxOutputTokens] = ("max_tokens", "4321"),
        [RequestFeatures.Temperature] = ("temperature", "0.25"),
        [RequestFeatures.TopP] = ("top_p", "0.5"),
        [RequestFeatures.TopK] = ("top_k", "7"),
        [RequestFeatures.StopSequences] = ("stop_sequences", """["END","@/etc/passwd"]"""),
        [RequestFeatures.Thinking] = ("thinking.budget_tokens", "2000"),
    };

    private protected override string[] HonouredOfTools =>
        [
            RequestFeatures.Tools, RequestFeatures.ToolChoice, RequestFeatures.SingleToolCall, RequestFeatures.StructuredOutput,
            RequestFeatures.Images, RequestFeatures.Documents, RequestFeatures.SignedThoughts,
        ];

    private protected override async Task<CliRig> StartRigAsync() => await ClaudeRig.StartAsync();
}
