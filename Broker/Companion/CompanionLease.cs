using Polydev.Shared.Tokens;

namespace Polydev.Broker.Companion;

/// <summary>
/// Tells whether a <c>--with-tunnel</c> run still lives: a file in the data folder that its process holds open. The operating system lets
/// go of it with the process, however that ends.
/// </summary>
internal sealed class CompanionLease : IDisposable
{
    public const int IdLength = 8;

    private readonly FileStream _file;

    private CompanionLease(string id, FileStream file) => (Id, _file) = (id, file);

    /// <summary>Of this run; a part of its credentials' name.</summary>
    public string Id { get; }

    public static CompanionLease Take(string folder)
    {
        var id = TokenAlphabet.Random(IdLength);
        return new CompanionLease(id, Open(folder, id, FileMode.CreateNew));
    }

    /// <summary>True while the process of that run lives, on this machine.</summary>
    public static bool IsHeld(string folder, string id)
    {
        try
        {
            using var free = Open(folder, id, FileMode.Open);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            // Its process has it open.
            return true;
        }
    }

    public void Dispose() => _file.Dispose();

    // Deleted with its last handle: the folder does not fill up with the leases of old runs.
    private static FileStream Open(string folder, string id, FileMode mode) => new(
        Path.Combine(folder, $"with-tunnel-{id}.lock"), mode, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
}
