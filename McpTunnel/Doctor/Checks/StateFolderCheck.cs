using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>The folder in which the tunnel keeps its state is there, can be written to, and is closed to others.</summary>
internal sealed class StateFolderCheck(TunnelPaths paths) : IDoctorCheck
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public string Name => "state folder";

    public bool IsVital => true;

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            paths.Create();
            foreach (var folder in (string[])[paths.State, paths.RunRoot, paths.Sockets])
            {
                await TryWritingAsync(folder, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CheckResult.Failed(
                $"The tunnel cannot write to its folder {paths.State}: {e.Message}",
                OperatingSystem.IsWindows() ? "set POLYDEV_STATE_DIR=FOLDER" : $"sudo chown -R \"$USER\" '{paths.State}'");
        }

        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(paths.State) & Others) != 0
            ? CheckResult.Warning($"Other users of this machine can look into {paths.State}.", $"chmod 700 '{paths.State}'")
            : CheckResult.Ok($"{paths.State} is yours alone, and can be written to.");
    }

    private static async Task TryWritingAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, $"doctor-{Guid.NewGuid():N}.tmp");
        try
        {
            await File.WriteAllBytesAsync(file, new byte[1024], cancellationToken);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
