using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// The ids by which a CLI tells its vendor one machine from another. A private home has none, so that each call would show a new machine:
/// it is given that of the user's own CLI, else one that is made here once and kept in the state folder for ever.
/// </summary>
internal static class CliDevice
{
    /// <summary>The id that is kept under this name, made where there is none yet. Tunnels that start at once agree on one.</summary>
    /// <exception cref="IOException">The state folder cannot be written to.</exception>
    public static string Kept(CliEnvironment environment, string name, Func<string, bool> isId, Func<string> make)
    {
        var path = Path.Combine(CreateFolder(environment.StateFolder), name);
        if (Read(path, isId) is { } known)
        {
            return known;
        }

        // Written whole beside it, then given its name: a name that is there already stands, unless what it names is no id.
        var draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            Write(draft, make());
            File.Move(draft, path, overwrite: File.Exists(path) && Read(path, isId) is null);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another tunnel was first.
        }
        finally
        {
            File.Delete(draft);
        }

        return Read(path, isId) ?? throw new IOException("The state folder of polydev-mcp does not keep what is written to it.");
    }

    /// <summary>The file's text without outer white space; null where there is no such file, or it holds no such id.</summary>
    public static string? Read(string path, Func<string, bool> isId)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is var text && isId(text) ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone just now, or closed to us: as good as none.
            return null;
        }
    }

    /// <summary>The form of Codex's and Gemini's ids.</summary>
    public static bool IsGuid(string text) => Guid.TryParseExact(text, "D", out _);

    private static string CreateFolder(string state)
    {
        var folder = Path.Combine(state, "device");
        OwnerOnly.CreateFolder(folder);
        return folder;
    }

    private static void Write(string path, string id)
    {
        using var file = new StreamWriter(OwnerOnly.NewFile(path));
        file.Write(id);
    }
}
