using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>The command line of a polydev-mcp.</summary>
internal static class TunnelProgram
{
    public const string NoNative = "There is no native binary: test/run publishes it where there is clang or gcc.";

    /// <summary>Where <c>test/run</c> publishes it.</summary>
    public static string Native { get; } = Path.Combine(RepositoryFolders.Root, "artifacts", "polydev-mcp", "polydev-mcp");

    public static IReadOnlyList<string> Command(TunnelBuild build)
    {
        if (build == TunnelBuild.Managed)
        {
            return ["dotnet", RunningProgram.AssemblyPath("McpTunnel", "polydev-mcp")];
        }

        if (!File.Exists(Native))
        {
            Assert.Ignore(NoNative);
        }

        return [Native];
    }
}
