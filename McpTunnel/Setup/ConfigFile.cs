using System.Text.Unicode;
using Polydev.McpTunnel.Processes;
using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Setup;

/// <summary>
/// An editor's file: read whole, written in one step or not at all. A link is followed, never replaced; rights, BOM and a backup of what
/// stood there before stay.
/// </summary>
internal sealed class ConfigFile
{
    /// <summary>Claude Code's file grows with its history; none comes near to this.</summary>
    private const int MaxBytes = 64 * 1024 * 1024;

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly byte[] Utf8Mark = [0xEF, 0xBB, 0xBF];

    private readonly byte[]? _original;

    private ConfigFile(string path, byte[]? original)
    {
        Path = path;
        _original = original;
        Text = original is null ? null : WithoutMark(original);
    }

    /// <summary>Behind all links.</summary>
    public string Path { get; }

    /// <summary>Its content without a BOM; null where there is no file.</summary>
    public byte[]? Text { get; }

    /// <summary>The content before our entry came in, without a BOM; null where there was no file then.</summary>
    /// <exception cref="UnsafeFileException">It cannot be read.</exception>
    public byte[]? TextBefore
    {
        get
        {
            try
            {
                return ConfigBackup.Latest(Path) is { } backup ? WithoutMark(File.ReadAllBytes(backup)) : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UnsafeFileException($"its backup cannot be read ({e.Message})", e);
            }
        }
    }

    /// <exception cref="UnsafeFileException">It is not a plain file of text that we may write.</exception>
    public static ConfigFile Read(string path)
    {
        try
        {
            var link = new FileInfo(path);
            var real = link.LinkTarget is null ? path : link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
            if (Directory.Exists(real))
            {
                throw new UnsafeFileException("it is a folder");
            }

            var file = new FileInfo(real);
            if (!file.Exists)
            {
                return link.LinkTarget is null ? new ConfigFile(path, null)
                    : throw new UnsafeFileException("it is a link that leads nowhere");
            }

            if (file.IsReadOnly)
            {
                throw new UnsafeFileException("it is write-protected");
            }

            return file.Length <= MaxBytes ? new ConfigFile(real, Checked(File.ReadAllBytes(real)))
                : throw new UnsafeFileException("it is larger than 64 MiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnsafeFileException($"it cannot be read ({e.Message})", e);
        }
    }

    /// <param name="text">Without a BOM: the file keeps its own.</param>
    /// <exception cref="UnsafeFileException">It has changed since it was read, or cannot be written. It is as it was.</exception>
    public void Write(byte[] text, bool isEntryNew)
    {
        try
        {
            ThrowIfChanged();
            if (_original is not null)
            {
                ConfigBackup.Keep(Path, _original, isEntryNew);
            }

            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            Replace(IsMarked ? [.. Utf8Mark, .. text] : text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnsafeFileException($"it cannot be written ({e.Message})", e);
        }
    }

    /// <summary>
    /// Writes it as it is without our entry. Where nothing stood there before, the file goes again, and folders that are empty then, up to
    /// the given one. A backup that says the same is not needed any more.
    /// </summary>
    /// <exception cref="UnsafeFileException">It has changed since it was read, or cannot be written. It is as it was.</exception>
    public void Restore(byte[] text, string root)
    {
        try
        {
            if (text.Length > 0 || ConfigBackup.Latest(Path) is not null)
            {
                Write(text, isEntryNew: false);
                ConfigBackup.Drop(Path, IsMarked ? [.. Utf8Mark, .. text] : text);
                return;
            }

            ThrowIfChanged();
            File.Delete(Path);
            for (var folder = Directory.GetParent(Path);
                folder is not null && folder.FullName.Length > root.Length && !folder.EnumerateFileSystemInfos().Any();
                folder = folder.Parent)
            {
                folder.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnsafeFileException($"it cannot be removed ({e.Message})", e);
        }
    }

    private bool IsMarked => _original is not null && _original.AsSpan().StartsWith(Utf8Mark);

    private static byte[] WithoutMark(byte[] content) => content.AsSpan().StartsWith(Utf8Mark) ? content[Utf8Mark.Length..] : content;

    private static byte[] Checked(byte[] content) => Utf8.IsValid(content) ? content
        : throw new UnsafeFileException("it is not UTF-8");

    // A program that runs may write its file at any time, Claude Code above all.
    private void ThrowIfChanged()
    {
        var now = File.Exists(Path) ? File.ReadAllBytes(Path) : null;
        if ((now is null) != (_original is null) || !now.AsSpan().SequenceEqual(_original))
        {
            throw new UnsafeFileException("it was changed by another program just now: try again");
        }
    }

    private void Replace(byte[] content)
    {
        var next = $"{Path}.polydev-{Guid.NewGuid():N}";
        try
        {
            WriteNew(next, content, OperatingSystem.IsWindows() ? null : _original is null ? OwnerFile : File.GetUnixFileMode(Path));
            ThrowIfChanged();
            if (_original is not null && OperatingSystem.IsWindows())
            {
                // Keeps the rights and attributes of the file that is replaced.
                File.Replace(next, Path, destinationBackupFileName: null);
            }
            else
            {
                File.Move(next, Path, overwrite: _original is not null);
            }
        }
        finally
        {
            File.Delete(next);
        }
    }

    /// <summary>Never readable by more than the given mode allows, not for a moment.</summary>
    internal static void WriteNew(string path, byte[] content, UnixFileMode? mode)
    {
        using var file = OwnerOnly.NewFile(path);
        file.Write(content);
        if (mode is { } rights && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.SafeFileHandle, rights);
        }

        file.Flush(flushToDisk: true);
    }
}

/// <summary>
/// The file as it was before our entry came in, beside it. Kept for as long as the entry stands, whatever changes then; a later round that
/// starts from something else gets a file of its own, so that no backup is ever overwritten.
/// </summary>
internal static class ConfigBackup
{
    private const string Suffix = ".polydev-backup";

    /// <summary>The one of the latest round; null where there is none.</summary>
    public static string? Latest(string path) => All(path).LastOrDefault();

    /// <param name="isEntryNew">A round begins: the file is without our entry.</param>
    public static void Keep(string path, byte[] content, bool isEntryNew)
    {
        var latest = Latest(path);
        if (latest is null || (isEntryNew && !File.ReadAllBytes(latest).AsSpan().SequenceEqual(content)))
        {
            var mode = OperatingSystem.IsWindows() ? (UnixFileMode?)null : File.GetUnixFileMode(path);
            ConfigFile.WriteNew(Name(path, All(path).Count() + 1), content, mode);
        }
    }

    /// <summary>Removes the latest if the file says the same again.</summary>
    public static void Drop(string path, byte[] content)
    {
        if (Latest(path) is { } latest && File.ReadAllBytes(latest).AsSpan().SequenceEqual(content))
        {
            File.Delete(latest);
        }
    }

    private static IEnumerable<string> All(string path) =>
        Enumerable.Range(1, int.MaxValue).Select(number => Name(path, number)).TakeWhile(File.Exists);

    private static string Name(string path, int number) => number == 1 ? path + Suffix : $"{path}{Suffix}-{number}";
}
