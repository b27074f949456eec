namespace Polydev.McpTunnel.Tests.Clis.Codex;

public sealed class CodexContractTests : CliAdapterContract
{
    protected override string Model => CodexRig.Model;

    private protected override async Task<AdapterUnderTest> StartAsync()
    {
        var rig = await CodexRig.StartAsync();
        return new AdapterUnderTest(rig.Adapter, rig.Provider, rig);
    }
}
