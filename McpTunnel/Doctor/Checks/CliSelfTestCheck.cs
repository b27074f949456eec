using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>A CLI's lock holds: its self-test has been passed by this very program. Where it has not been made, it is.</summary>
internal sealed class CliSelfTestCheck(CliExam exam, string provider) : IDoctorCheck
{
    public string Name => $"{provider} self-test";

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        var info = await exam.InfoAsync(provider, cancellationToken);
        return (info?.State, exam.VerdictOn(provider)) switch
        {
            (null, _) => CheckResult.Skipped("It did not come to that."),
            (CliState.NotInstalled, _) => CheckResult.Skipped("There is nothing to test."),
            (CliState.Testing, _) => CheckResult.Warning("The test still runs; calls wait for its end.", "polydev-mcp doctor"),
            (_, null) => CheckResult.Skipped("It did not come to that."),
            (_, { Outcome: SelfTestOutcome.Passed }) =>
                CheckResult.Ok("Passed: under its lock no tool is offered to the model, and none is run."),
            (_, { Outcome: SelfTestOutcome.Undecided } verdict) => CheckResult.Warning(verdict.Reason, "polydev-mcp doctor"),
            var (_, verdict) => CheckResult.Failed(verdict.Reason, CliCommands.Of(provider).Update),
        };
    }
}
