using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>A CLI is installed and starts. What its self-test says, and its login, are told by themselves.</summary>
internal sealed class CliCheck(CliExam exam, string provider) : IDoctorCheck
{
    public string Name => provider;

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        var commands = CliCommands.Of(provider);
        var info = await exam.InfoAsync(provider, cancellationToken);
        return info switch
        {
            null when exam.NotLooked is { } reason => CheckResult.Skipped(reason),
            null => CheckResult.Failed($"It did not say what it is within {CliExam.Limit.TotalSeconds:0} s.", commands.Update),
            { State: CliState.NotInstalled } => CheckResult.Skipped("It is not installed.", commands.Install),
            { State: CliState.Unusable } when exam.VerdictOn(provider) is null or { Outcome: SelfTestOutcome.Passed } =>
                CheckResult.Failed(info.Hint, commands.Update),
            _ => CheckResult.Ok($"Installed{(info.Version.Length > 0 ? $", version {info.Version}" : string.Empty)}{Models(info)}."),
        };
    }

    private static string Models(CliInfo info) => info.Models.Count > 0 ? $", {info.Models.Count} models" : string.Empty;
}

/// <summary>What a person types.</summary>
internal sealed record CliCommands(string Install, string Update, string LogIn)
{
    public static CliCommands Of(string provider) => provider switch
    {
        Providers.Claude => Npm("@anthropic-ai/claude-code", "claude auth login"),
        Providers.Codex => Npm("@openai/codex", "codex login"),
        _ => Npm("@google/gemini-cli", "export GEMINI_API_KEY=YOUR-KEY"),
    };

    private static CliCommands Npm(string package, string logIn) =>
        new($"npm install -g {package}", $"npm install -g {package}@latest", logIn);
}
