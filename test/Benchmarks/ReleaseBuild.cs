using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.Benchmarks;

/// <summary>
/// A figure of a Debug build, or of a native binary that its sources have outrun, says nothing of the product: there is none to be had.
/// </summary>
internal static class ReleaseBuild
{
    private const string Publish = "dotnet publish McpTunnel -c Release -o artifacts/polydev-mcp";

    /// <summary>
    /// Looks at these benchmarks and at the assemblies of broker and tunnel that they start; null when all are Release builds.
    /// </summary>
    public static string? Problem()
    {
        string[] folders =
        [
            AppContext.BaseDirectory,
            Path.GetDirectoryName(RunningProgram.AssemblyPath("Broker", "polydev-broker"))!,
            Path.GetDirectoryName(RunningProgram.AssemblyPath("McpTunnel", "polydev-mcp"))!,
        ];
        var debug = folders.SelectMany(OurAssemblies).FirstOrDefault(IsDebug);
        return debug is null
            ? null
            : $"{debug} is a Debug build, and a Debug build is not measured. Run: dotnet run -c Release --project test/Benchmarks -- …";
    }

    /// <summary>Null when there is a native tunnel, made of the sources as they stand by a Release publish in this repository.</summary>
    public static string? NativeProblem()
    {
        var native = new FileInfo(TunnelProgram.Native);
        if (!native.Exists)
        {
            return $"There is no native binary. First: {Publish}";
        }

        // A binary tells its configuration no more: what a Release publish made lies in the project's Release folder too.
        if (!ReleaseBinaries(native.Name).Any(made => Same(made, native.FullName)))
        {
            return $"{native.FullName} is not what a Release publish made here. First: {Publish}";
        }

        var changed = Sources().FirstOrDefault(source => File.GetLastWriteTimeUtc(source) > native.LastWriteTimeUtc);
        return changed is null ? null : $"{native.FullName} is older than {changed}. First: {Publish}";
    }

    private static IEnumerable<string> OurAssemblies(string folder) =>
        Directory.EnumerateFiles(folder, "*.dll")
            .Where(file => Path.GetFileName(file).StartsWith("polydev", StringComparison.OrdinalIgnoreCase));

    private static bool IsDebug(string path)
    {
        var context = new AssemblyLoadContext(nameof(ReleaseBuild), isCollectible: true);
        try
        {
            return context.LoadFromAssemblyPath(path).GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true };
        }
        finally
        {
            context.Unload();
        }
    }

    private static IEnumerable<string> ReleaseBinaries(string name) =>
        Directory.EnumerateFiles(Path.Combine(RepositoryFolders.Root, "McpTunnel", "bin", "Release"), name, SearchOption.AllDirectories);

    private static bool Same(string left, string right) =>
        new FileInfo(left).Length == new FileInfo(right).Length && File.ReadAllBytes(left).AsSpan().SequenceEqual(File.ReadAllBytes(right));

    private static IEnumerable<string> Sources() =>
        new[] { "Protos", "Shared", "McpTunnel" }
            .Select(project => Path.Combine(RepositoryFolders.Root, project))
            .SelectMany(folder => new[] { "*.cs", "*.proto", "*.csproj" }
                .SelectMany(pattern => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
}
