namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiContractTests : CliAdapterContract
{
    protected override string Model => "gemini-2.5-flash";

    private protected override async Task<AdapterUnderTest> StartAsync()
    {
        var bench = await GeminiBench.StartAsync(warm: 1);
        return new AdapterUnderTest(bench.Adapter, bench.Provider, bench);
    }
}
