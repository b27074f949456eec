namespace Polydev.Broker.Storage;

/// <summary>Makes the folder and its files so that only this user can read them; what exists keeps its permissions.</summary>
internal static class DataFolder
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    public static void Prepare(string folder, params string[] files)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerFolder);
            }

            Array.ForEach(files, CreateFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The data folder '{folder}' cannot be used: {e.Message} Choose another with --data.", e);
        }
    }

    // An existing file is never opened here: on Unix, closing it would drop the locks that SQLite holds on it in this process.
    private static void CreateFile(string file)
    {
        if (File.Exists(file))
        {
            return;
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        try
        {
            // SQLite takes an empty file for an empty database, and gives its -wal and -shm files the same permissions.
            using var created = new FileStream(file, options);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process was faster, and made it in the same way.
        }
    }
}
