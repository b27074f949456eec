namespace Polydev.TestKit;

/// <summary>A folder of the test's own, that only its user can read, gone when the test is over.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("polydev-test-").FullName;

    /// <summary>A path inside the folder; its parent folders are made.</summary>
    public string File(params ReadOnlySpan<string> parts)
    {
        var path = Path.Combine([FullName, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Makes a folder inside the folder.</summary>
    public string Folder(params ReadOnlySpan<string> parts) => Directory.CreateDirectory(Path.Combine([FullName, .. parts])).FullName;

    /// <summary>A program that is still ending may write while we delete: what is left then is tried once more.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(FullName, recursive: true);
        }
        catch (IOException)
        {
            Directory.Delete(FullName, recursive: true);
        }
    }
}
