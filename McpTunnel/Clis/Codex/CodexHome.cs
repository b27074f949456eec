using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;
using Tomlyn;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>A private CODEX_HOME for one process, thrown away after it, with an empty folder to work in.</summary>
internal sealed class CodexHome : IDisposable
{
    private const string InstallationFile = "installation_id";

    private readonly PrivateFolder _folder;

    private CodexHome(PrivateFolder folder)
    {
        _folder = folder;
        WorkFolder = folder.Folder("work");
    }

    public string Path => _folder.Path;

    public string WorkFolder { get; }

    public string CatalogPath => System.IO.Path.Combine(Path, "models.json");

    /// <exception cref="CliFailureException">The user's login cannot be linked.</exception>
    public static CodexHome Create(CliEnvironment environment, CodexLogin login, CodexCatalog catalog)
    {
        var home = new CodexHome(PrivateFolder.Create(environment.RunRoot, "codex"));
        try
        {
            home.Fill(environment, login, catalog);
            return home;
        }
        catch
        {
            home.Dispose();
            throw;
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Fill(CliEnvironment environment, CodexLogin login, CodexCatalog catalog)
    {
        File.WriteAllText(In(InstallationFile), InstallationId(environment));
        File.WriteAllText(In("config.toml"), TomlSerializer.Serialize(login.Carried, CodexToml.Default.TomlTable));
        using (var file = File.Create(CatalogPath))
        {
            catalog.Write(file);
        }

        if (login is { AuthFile: { } authFile, AuthLock: { } authLock })
        {
            Link("auth.json", authFile);
            Link("auth.lock", authLock);
        }
    }

    // Codex tells it to the vendor with each request, and makes one where its home has none.
    private static string InstallationId(CliEnvironment environment) =>
        CliDevice.Read(CodexLogin.In(environment, InstallationFile), CliDevice.IsGuid)
        ?? CliDevice.Kept(environment, "codex-installation", CliDevice.IsGuid, () => Guid.NewGuid().ToString());

    // Links, not copies: Codex resolves them when it renews the tokens, so that the user's own Codex stays logged in, and the
    // homes wait for each other (0.169.0: the lock is opened through the link, created where it is missing).
    private void Link(string name, string target)
    {
        try
        {
            File.CreateSymbolicLink(In(name), target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailureException(
                FailureKind.NotLoggedIn, "Codex's login cannot be linked into its private folder; on Windows, switch Developer Mode on.",
                inner: e);
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
