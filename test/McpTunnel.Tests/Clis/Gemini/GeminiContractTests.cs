namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiContractTests : CliAdapterContract
{
    protected override string Model => GeminiRig.Model;

    private protected override Dictionary<string, (string Path, string Json)> Honoured { get; } = [];

    private protected override async Task<CliRig> StartRigAsync() => await GeminiRig.StartAsync();
}
