using Polydev.McpTunnel.Clis.Echo;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Tests.Clis.Echo;

public sealed class EchoContractTests : AdapterContract
{
    protected override string Model => KnownModels.Echo;

    private protected override string AnswerTo(string text) => text;

    private protected override Task<AdapterUnderTest> StartAsync()
    {
        var adapter = new EchoAdapter();
        return Task.FromResult(new AdapterUnderTest(adapter, null, adapter));
    }
}
