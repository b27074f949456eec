using System.Security.Cryptography;
using System.Text;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// Where the tunnel keeps its state, for this user alone. <c>POLYDEV_STATE_DIR</c>, else <c>polydev-mcp</c> in the user's local
/// application data.
/// </summary>
internal sealed record TunnelPaths(string State)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The private folders of running CLIs.</summary>
    public string RunRoot { get; } = Path.Combine(State, "run");

    /// <summary>The sockets at which running processes tell their status.</summary>
    public string Sockets { get; } = Path.Combine(State, "status");

    private string Leases { get; } = Path.Combine(State, "tunnels");

    /// <exception cref="InvalidOperationException">There is no such folder to be had; the message names the fix.</exception>
    public static TunnelPaths FromEnvironment(IReadOnlyDictionary<string, string> variables)
    {
        if (variables.TryGetValue("POLYDEV_STATE_DIR", out var named) && named.Length > 0)
        {
            return new TunnelPaths(Path.GetFullPath(named));
        }

        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length > 0
            ? new TunnelPaths(Path.Combine(data, "polydev-mcp"))
            : throw new InvalidOperationException(
                "This user has no home folder. Set POLYDEV_STATE_DIR to a folder for the tunnel's state.");
    }

    /// <summary>One file for each broker and account. Its name tells neither.</summary>
    public string LeaseFile(Uri broker, string token)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{broker.AbsoluteUri}\n{token}"));
        return Path.Combine(Leases, Convert.ToHexStringLower(hash.AsSpan(0, 16)) + ".lock");
    }

    public void Create()
    {
        foreach (var folder in new[] { State, RunRoot, Sockets, Leases })
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerOnly);
            }
        }
    }
}
