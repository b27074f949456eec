using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>No administrator's settings stand above the locks of the CLIs.</summary>
internal sealed class ManagedLayersCheck(CliEnvironment environment) : IDoctorCheck
{
    public string Name => "managed layers";

    public Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        string[] found =
        [
            .. CliManaged.Found(
                [.. ClaudeLock.Layers(environment), .. CodexLock.Layers(environment), .. GeminiLock.Layers(environment)]),
        ];
        var names = string.Join(", ", found);
        return Task.FromResult(found switch
        {
            [] => CheckResult.Ok("No administrator's settings stand above the locks of the CLIs."),
            _ when CliManaged.IsAllowed(environment) => CheckResult.Warning(
                $"{CliManaged.AllowVariable}=1 lets CLIs be used under an administrator's settings ({names}).",
                $"unset {CliManaged.AllowVariable}"),
            _ => CheckResult.Failed(
                $"An administrator's settings ({names}) stand above the locks of their CLI, so it is not used. Where you know that they "
                + "let no caller reach your machine, say so.",
                $"export {CliManaged.AllowVariable}=1"),
        });
    }
}
