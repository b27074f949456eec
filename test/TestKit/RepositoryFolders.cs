namespace Polydev.TestKit;

/// <summary>The folders of the repository that the running test was built from.</summary>
public static class RepositoryFolders
{
    private const string Solution = "Polydev.Mcp.sln";

    /// <summary>Where the solution stands.</summary>
    public static string Root { get; } = FindRoot();

    public static string Test => Path.Combine(Root, "test");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No {Solution} above {AppContext.BaseDirectory}.");
    }
}
