using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>What <c>polydev-mcp login</c> has got: a token, and the one broker that it may be sent to.</summary>
/// <param name="MachineName">What the person has called this machine there.</param>
internal sealed record StoredLogin(Uri Broker, string Token, string MachineName)
{
    // A record prints all its members: this one must not.
    public override string ToString() => $"a token of {Broker}";
}

/// <summary><c>credentials.json</c> in the user's configuration folder, for this user alone.</summary>
/// <param name="path">Null where this user has no such folder.</param>
internal sealed class LoginFile(string? path)
{
    public string? Path { get; } = path;

    /// <summary>
    /// <c>$XDG_CONFIG_HOME/polydev</c> or <c>~/.config/polydev</c>, on macOS <c>~/Library/Application Support/polydev</c>, on Windows
    /// <c>%APPDATA%\polydev</c>.
    /// </summary>
    public static LoginFile Of(IReadOnlyDictionary<string, string> variables)
    {
        var folder = OperatingSystem.IsWindows() ? Value("APPDATA")
            : OperatingSystem.IsMacOS() ? Below("HOME", "Library", "Application Support")
            : Value("XDG_CONFIG_HOME") ?? Below("HOME", ".config");
        return new LoginFile(folder is null ? null : System.IO.Path.Combine(folder, "polydev", "credentials.json"));

        string? Value(string name) => variables.TryGetValue(name, out var value) && System.IO.Path.IsPathRooted(value) ? value : null;

        string? Below(string name, params string[] more) => Value(name) is { } root ? System.IO.Path.Combine([root, .. more]) : null;
    }

    /// <summary>How the file looks: another text once it is another file. Cheap.</summary>
    public string Look() => Path is not null && new FileInfo(Path) is { Exists: true } file
        ? $"{file.LastWriteTimeUtc.Ticks} {file.Length}"
        : string.Empty;

    /// <summary>Null where nobody is logged in.</summary>
    /// <exception cref="LoginFileException">It is there, and is not to be read.</exception>
    public StoredLogin? Read()
    {
        if (Path is null || !File.Exists(Path))
        {
            return null;
        }

        try
        {
            var login = JsonSerializer.Deserialize(File.ReadAllBytes(Path), StoredLoginJson.Default.StoredLogin);
            return login is { Broker: { IsAbsoluteUri: true, Scheme: "http" or "https" }, Token.Length: > 0 }
                ? login
                : throw new LoginFileException($"{Path} does not hold what polydev-mcp login writes. Log in again.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Logged out meanwhile.
            return null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new LoginFileException($"{Path} cannot be read ({e.Message}). Log in again.");
        }
    }

    /// <summary>In the place of what was there, at once: whoever reads finds the one or the other, whole.</summary>
    /// <exception cref="LoginFileException">It cannot be written.</exception>
    public void Write(StoredLogin login)
    {
        var path = Path ?? throw new LoginFileException("This user has no home folder. Set XDG_CONFIG_HOME to a folder of yours.");
        var next = $"{path}.{Environment.ProcessId}.new";
        try
        {
            OwnerOnly.CreateFolder(System.IO.Path.GetDirectoryName(path)!);
            File.Delete(next);
            using (var file = OwnerOnly.NewFile(next))
            {
                JsonSerializer.Serialize(file, login, StoredLoginJson.Default.StoredLogin);
                file.Flush(flushToDisk: true);
            }

            File.Move(next, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LoginFileException($"{path} cannot be written: {e.Message}");
        }
    }

    /// <exception cref="LoginFileException">It cannot be removed.</exception>
    public void Delete()
    {
        try
        {
            if (Path is not null && File.Exists(Path))
            {
                File.Delete(Path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LoginFileException($"{Path} cannot be removed: {e.Message}");
        }
    }
}

/// <summary>The file of the login is of no use; the message is for a person.</summary>
internal sealed class LoginFileException(string message) : Exception(message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(StoredLogin))]
internal sealed partial class StoredLoginJson : JsonSerializerContext;
