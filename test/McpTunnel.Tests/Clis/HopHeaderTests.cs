using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Tests.Clis.Claude;
using Polydev.McpTunnel.Tests.Clis.Codex;
using Polydev.McpTunnel.Tests.Clis.Gemini;
using Polydev.Shared.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>With the real CLIs, each pointed at a provider that is not its vendor's.</summary>
internal sealed class HopHeaderTests
{
    [Test]
    public async Task Claude_PointedElsewhere_BearsTheHeader()
    {
        await using var rig = await ClaudeRig.StartAsync();

        await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.That(rig.Calls.Single().Headers[TunnelProtocol.HopHeader], Is.EqualTo("1"));
    }

    [Test]
    public async Task Codex_PointedElsewhere_BearsTheHeader()
    {
        await using var rig = await CodexRig.StartAsync();

        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        Assert.That(rig.Calls.Single().Headers[TunnelProtocol.HopHeader], Is.EqualTo("1"));
    }

    [Test]
    public async Task Gemini_PointedElsewhere_BearsTheHeader()
    {
        await using var rig = await GeminiRig.StartAsync();

        await rig.RunAsync(GeminiRig.Ask("Hello")).DefaultTimeout();

        Assert.That(rig.Calls.Single().Headers[TunnelProtocol.HopHeader], Is.EqualTo("1"));
    }
}
