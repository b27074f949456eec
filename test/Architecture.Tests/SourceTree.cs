using Polydev.TestKit;

namespace Polydev.Architecture.Tests;

/// <summary>The repository's own C# files: neither generated ones nor npm's.</summary>
internal static class SourceTree
{
    private static readonly string[] TopFolders = ["Broker", "McpTunnel", "Protos", "Shared", "test"];
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules"];

    public static IReadOnlyList<SourceFile> Files { get; } =
        [.. TopFolders.SelectMany(folder => Read(new DirectoryInfo(Path.Combine(RepositoryFolders.Root, folder)))).OrderBy(file => file.Path, StringComparer.Ordinal)];

    public static IEnumerable<SourceFile> In(string folder)
    {
        var files = Files.Where(file => file.IsIn(folder)).ToList();
        Assert.That(files, Is.Not.Empty, $"{folder} holds no source file: the rule would hold for nothing.");
        return files;
    }

    private static IEnumerable<SourceFile> Read(DirectoryInfo folder) =>
        folder.EnumerateFiles("*.cs")
            .Select(file => new SourceFile(Path.GetRelativePath(RepositoryFolders.Root, file.FullName).Replace('\\', '/'), File.ReadAllText(file.FullName)))
            .Concat(folder.EnumerateDirectories().Where(child => !NotOurs.Contains(child.Name)).SelectMany(Read));
}
