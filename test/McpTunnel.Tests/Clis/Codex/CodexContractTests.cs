using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

public sealed class CodexContractTests : CliAdapterContract
{
    protected override string Model => CodexRig.Model;

    private protected override Dictionary<string, (string Path, string Json)> Honoured { get; } = new()
    {
        [RequestFeatures.Thinking] = ("reasoning", """{"effort":"low","summary":"auto"}"""),
    };

    private protected override string[] HonouredOfTools =>
        [RequestFeatures.Tools, RequestFeatures.SingleToolCall, RequestFeatures.StructuredOutput, RequestFeatures.Images];

    private protected override async Task<CliRig> StartRigAsync() => await CodexRig.StartAsync();
}
