using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>Failures that no vendor has told: their words say whether the tunnel or its CLI is at fault.</summary>
internal sealed class CliErrorsTests
{
    [TestCase(Providers.Claude, "Claude Code")]
    [TestCase(Providers.Codex, "Codex CLI")]
    [TestCase(Providers.Gemini, "Gemini CLI")]
    public void Of_AFailure_SaysWhoseItIs(string provider, string cli)
    {
        var (crash, defect) = (Of(provider, new IOException("gone")), Of(provider, new InvalidCastException("gone")));

        Assert.That((crash.Kind, defect.Kind), Is.EqualTo((FailureKind.CliCrashed, FailureKind.Internal)));
        Assert.That(crash.Message, Does.StartWith(cli));
        Assert.That(defect.Message, Does.StartWith("The tunnel failed"));
    }

    [Test]
    public void WorkFailures_OfTheTunnel_SayThatItIsTheTunnels()
    {
        var failures = new[] { WorkFailures.Internal(), WorkFailures.Unreadable(), WorkFailures.Cancelled(isShutdown: true) };

        Assert.That(failures.Select(failure => failure.Failed.Message), Has.All.StartsWith("The tunnel"));
    }

    private static CliFailureException Of(string provider, Exception exception) => provider switch
    {
        Providers.Claude => ClaudeErrors.Of(exception),
        Providers.Codex => CodexErrors.Of(exception),
        _ => GeminiErrors.Of(exception),
    };
}
