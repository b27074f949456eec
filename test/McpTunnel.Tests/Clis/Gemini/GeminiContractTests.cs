namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiContractTests : CliAdapterContract
{
    protected override string Model => GeminiRig.Model;

    private protected override IReadOnlyDictionary<string, (string Path, string Json)> Honoured { get; } = new Dictionary<string, (string, string)>();

    private protected override async Task<CliRig> StartRigAsync() => await GeminiRig.StartAsync();
}
