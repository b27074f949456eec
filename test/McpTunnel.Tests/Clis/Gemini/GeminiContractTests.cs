using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiContractTests : CliAdapterContract
{
    protected override string Model => GeminiRig.Model;

    private protected override Dictionary<string, (string Path, string Json)> Honoured { get; } = [];

    private protected override string[] HonouredOfTools =>
        [
            RequestFeatures.Tools, RequestFeatures.ToolChoice, RequestFeatures.SingleToolCall, RequestFeatures.StructuredOutput,
            RequestFeatures.Images, RequestFeatures.Documents,
        ];

    // Only a user's message can be the first one that the CLI takes for its own context (GeminiHistory).
    private protected override string[] BeforeAnAssistant => ["User \u200b"];

    private protected override async Task<CliRig> StartRigAsync() => await GeminiRig.StartAsync();
}
