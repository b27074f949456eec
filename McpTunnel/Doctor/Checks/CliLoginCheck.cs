using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>A CLI is logged in, and its vendor's windows leave room for a call.</summary>
internal sealed class CliLoginCheck(CliExam exam, string provider) : IDoctorCheck
{
    public string Name => $"{provider} login";

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        var info = await exam.InfoAsync(provider, cancellationToken);
        return info switch
        {
            { State: CliState.NotLoggedIn } => CheckResult.Failed(info.Hint, CliCommands.Of(provider).LogIn),
            { State: CliState.Ready, Refusal.Length: > 0 } => CheckResult.Warning($"Calls are refused now: {info.Refusal}"),
            { State: CliState.Ready, Hint.Length: > 0 } => CheckResult.Warning(info.Hint),
            { State: CliState.Ready } => CheckResult.Ok(Kind(info.Login)),
            { State: CliState.NotInstalled } => CheckResult.Skipped("There is nobody to log in."),
            _ => CheckResult.Skipped("It did not come to that."),
        };
    }

    private static string Kind(LoginKind login) => QuotaWords.NameOf(login) is { } name
        ? $"Logged in by {name.Replace("api_key", "API key", StringComparison.Ordinal)}."
        : "Logged in, or with a provider that needs no login.";
}
