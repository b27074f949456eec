using Polydev.TestKit;

namespace Polydev.Architecture.Tests;

/// <summary>The repository's own C# files: neither generated ones nor npm's.</summary>
internal static class SourceTree
{
    private static readonly string[] ProductFolders = ["Broker", "McpTunnel", "Protos", "Shared"];
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules"];

    /// <summary>What is shipped.</summary>
    public static IReadOnlyList<SourceFile> Product { get; } = [.. ProductFolders.SelectMany(Read)];

    /// <summary>The product and its tests.</summary>
    public static IReadOnlyList<SourceFile> Files { get; } = [.. Product, .. Read("test")];

    public static IEnumerable<SourceFile> In(string folder)
    {
        var files = Files.Where(file => file.IsIn(folder)).ToList();
        Assert.That(files, Is.Not.Empty, $"{folder} holds no source file: the rule would hold for nothing.");
        return files;
    }

    private static IEnumerable<SourceFile> Read(string folder) =>
        Read(new DirectoryInfo(Path.Combine(RepositoryFolders.Root, folder))).OrderBy(file => file.Path, StringComparer.Ordinal);

    private static IEnumerable<SourceFile> Read(DirectoryInfo folder) => folder.EnumerateFiles("*.cs").Select(Read)
        .Concat(folder.EnumerateDirectories().Where(child => !NotOurs.Contains(child.Name)).SelectMany(Read));

    private static SourceFile Read(FileInfo file) =>
        new(Path.GetRelativePath(RepositoryFolders.Root, file.FullName).Replace('\\', '/'), File.ReadAllText(file.FullName));
}
