using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>The environment and the login's file make sense together. That nobody is logged in is the token's matter.</summary>
internal sealed class SettingsCheck(TunnelSettings settings) : IDoctorCheck
{
    public string Name => "settings";

    public bool IsVital => true;

    public Task<CheckResult> RunAsync(CancellationToken cancellationToken) => Task.FromResult(
        settings is { Problem: { } problem, IsLoggedOut: false }
            ? CheckResult.Failed(problem)
            : CheckResult.Ok($"The broker is {settings.Broker.GetLeftPart(UriPartial.Path)}."));
}
