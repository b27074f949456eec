using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Tests.Clis.Claude;
using Polydev.McpTunnel.Tests.Clis.Codex;
using Polydev.McpTunnel.Tests.Clis.Gemini;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.SelfTest;

/// <summary>The self-test with the real CLIs: each passes it, and serves only then.</summary>
[Category("Cli")]
internal sealed class RealCliSelfTests
{
    private static readonly string[] Clis = [Providers.Claude, "claude-subscription", Providers.Codex, Providers.Gemini];

    [TestCaseSource(nameof(Clis))]
    public async Task DetectAsync_NewCli_IsTestedThenReadyAndRemembered(string cli)
    {
        await using var rig = await StartAsync(cli);
        var state = rig.Folder.Folder("state");
        await using (var adapter = Create(rig, state))
        {
            var first = await adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
            Assert.That(first.State, Is.EqualTo(CliState.Testing));
            Assert.That(first.Hint, Does.Contain("being tested"));

            var info = await TestedCli.DetectAsync(adapter);

            Assert.That(info.State, Is.EqualTo(CliState.Ready), info.Hint);
            Assert.That(rig.Provider.Requests, Is.Empty, "the test's calls reach the test's own model");
        }

        await using var next = Create(rig, state);
        var again = await next.DetectAsync(CancellationToken.None).DefaultTimeout();
        Assert.That(again.State, Is.EqualTo(CliState.Ready), again.Hint);
    }

    private static async Task<CliRig> StartAsync(string cli) => cli switch
    {
        Providers.Claude => await ClaudeRig.StartAsync(),
        "claude-subscription" => await ClaudeRig.StartAsync(("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-test")),
        Providers.Codex => await CodexRig.StartAsync(),
        _ => await GeminiRig.StartAsync(),
    };

    private static ICliAdapter Create(CliRig rig, string state)
    {
        var tested = rig.Cli with { SelfTests = new SelfTestRecords(state) };
        return rig switch
        {
            ClaudeRig => new ClaudeAdapter(tested, TimeProvider.System, NullLogger<ClaudeAdapter>.Instance),
            CodexRig => new CodexAdapter(tested, TimeProvider.System, NullLogger<CodexAdapter>.Instance),
            _ => new GeminiAdapter(tested, TimeProvider.System, NullLogger<GeminiAdapter>.Instance),
        };
    }
}
