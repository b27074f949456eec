using System.Diagnostics;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.Companion;

/// <summary>How the tunnel of <c>--with-tunnel</c> is started.</summary>
internal sealed class CompanionLaunch(BrokerAddresses addresses, CompanionOptions options)
{
    /// <summary>The base URL that callers give their SDK.</summary>
    public string ApiBase => addresses.ApiBase;

    /// <summary>Once the broker listens. The tunnel ends with its stdin: so it goes with the broker, however the broker goes.</summary>
    /// <exception cref="FileNotFoundException">There is no polydev-mcp.</exception>
    public ProcessStartInfo With(string token)
    {
        var (file, arguments) = CompanionProgram.Find();
        var info = new ProcessStartInfo(file, [.. arguments, "tunnel", "--until-stdin-closes"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        info.Environment["POLYDEV_USER_TOKEN"] = token;
        info.Environment["POLYDEV_BROKER_URL"] = addresses.Local;

        // Given, and not looked for: a public name that the broker tells of itself may not lead back to this machine.
        info.Environment["POLYDEV_GRPC_URL"] = addresses.LocalGrpc;
        info.Environment["POLYDEV_INSECURE"] = options.Insecure ? "1" : string.Empty;
        if (options.AuthorityFile is { } authority)
        {
            info.Environment["POLYDEV_CA_FILE"] = Path.GetFullPath(authority);
        }

        return info;
    }
}

/// <summary>
/// Where polydev-mcp stands: <c>POLYDEV_MCP_PATH</c>, else the folder <c>tunnel</c> that the build puts beside the broker.
/// </summary>
internal static class CompanionProgram
{
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static (string File, IReadOnlyList<string> Arguments) Find()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "tunnel");
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("POLYDEV_MCP_PATH"),
            Path.Combine(folder, OperatingSystem.IsWindows() ? "polydev-mcp.exe" : "polydev-mcp"),
            Path.Combine(folder, "polydev-mcp.dll"),
        ];
        var found = Array.Find(candidates, File.Exists)
            ?? throw new FileNotFoundException("polydev-mcp was not found beside the broker. Set POLYDEV_MCP_PATH to it.");
        return found.EndsWith(".dll", StringComparison.Ordinal) ? (DotNet(), [found]) : (found, []);
    }

    // The dotnet that runs this broker, where one does: another on PATH may lack the runtime.
    private static string DotNet() =>
        Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
}
