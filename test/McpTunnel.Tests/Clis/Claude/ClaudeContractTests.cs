namespace Polydev.McpTunnel.Tests.Clis.Claude;

public sealed class ClaudeContractTests : CliAdapterContract
{
    protected override string Model => ClaudeRig.Model;

    private protected override async Task<AdapterUnderTest> StartAsync()
    {
        var rig = await ClaudeRig.StartAsync();
        return new AdapterUnderTest(rig.Adapter, rig.Provider, rig);
    }
}
