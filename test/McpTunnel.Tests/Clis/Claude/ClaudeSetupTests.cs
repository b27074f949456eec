using System.Text.Json;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

public sealed class ClaudeSetupTests
{
    [TestCase(new[] { "END", "\n", " \t", "a\n" }, """{"stop_sequences":["END","a\n"]}""")]
    [TestCase(new[] { "\n" }, null)]
    public void Of_StopsOfWhiteSpace_StayWithTheTunnel(string[] stops, string? extraBody)
    {
        var item = new WorkItem { Model = "claude-opus-4-6", Sampling = new Sampling { StopSequences = { stops } } };

        var variables = ClaudeSetup.Of(item, takesModelLate: true, ClaudeTools.None)
            .Select(request => request.Request.Settings?.Env)
            .Single(env => env is not null)!;

        Assert.That(variables.GetValueOrDefault("CLAUDE_CODE_EXTRA_BODY"), Is.EqualTo(extraBody));
        Assert.That(stops.Where(ClaudeSetup.TakesStop), Is.EqualTo(stops.Where(stop => stop.Trim().Length > 0)));
    }
}
