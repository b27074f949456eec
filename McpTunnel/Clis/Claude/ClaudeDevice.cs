using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// What a private config folder says of this machine: the <c>userID</c>, which the vendor gets with each request as
/// <c>metadata.user_id.device_id</c>, and the <c>machineID</c> (seen with 2.1.330; both are 64 hexadecimal digits, and made anew where the
/// folder has none).
/// </summary>
internal static partial class ClaudeDevice
{
    private const string FileName = ".claude.json";

    public static void Write(CliEnvironment environment, string folder)
    {
        var user = ReadUser(environment);
        var device = new ClaudeProtocol.DeviceFile(
            user?.UserId ?? Kept(environment, "claude-user"), user?.MachineId ?? Kept(environment, "claude-machine"));
        File.WriteAllBytes(
            Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(device, ClaudeJson.Default.DeviceFile));
    }

    private static string Kept(CliEnvironment environment, string name) =>
        CliDevice.Kept(environment, name, IsId, () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));

    // In the CLI's own order: an old name in the config folder, then the file beside that folder, or in a chosen one.
    private static (string UserId, string? MachineId)? ReadUser(CliEnvironment environment)
    {
        string[] files =
        [
            Path.Combine(ClaudeUserSettings.Folder(environment), ".config.json"),
            Path.Combine(environment.Variable("CLAUDE_CONFIG_DIR") ?? environment.Home, FileName),
        ];
        return files.Select(ReadFile).FirstOrDefault(found => found is not null);
    }

    private static (string UserId, string? MachineId)? ReadFile(string path)
    {
        try
        {
            using var file = File.Exists(path) ? JsonDocument.Parse(File.ReadAllBytes(path)) : null;
            return file?.RootElement.TextOf("userID") is { } user && IsId(user)
                ? (user, file.RootElement.TextOf("machineID") is { } machine && IsId(machine) ? machine : null)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Just being written, or closed to us: it tells nothing.
            return null;
        }
    }

    private static bool IsId(string text) => Id().IsMatch(text);

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Id();
}
