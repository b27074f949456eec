using System.Text.Json;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// The private home of one Gemini CLI process: locked settings, links to the user's credentials, an empty working folder, and the
/// files of the one call that it serves. Gone when disposed.
/// </summary>
internal sealed class GeminiHome : IDisposable
{
    private const string InstallationFile = "installation_id";

    private readonly PrivateFolder _folder;
    private readonly string _gemini;
    private string? _sessions;
    private string? _policy;

    private GeminiHome(PrivateFolder folder)
    {
        _folder = folder;
        _gemini = folder.Folder(".gemini");
        WorkingFolder = folder.Folder("work");
        TemporaryFolder = folder.Folder("tmp");
    }

    public string Path => _folder.Path;

    public string WorkingFolder { get; }

    public string TemporaryFolder { get; }

    public string PolicyFile => System.IO.Path.Combine(Path, "lock.toml");

    public string InstructionsFile => System.IO.Path.Combine(Path, "system.md");

    /// <summary>Where the CLI's server of the caller's tools finds us.</summary>
    public string ToolSocket => System.IO.Path.Combine(Path, "tools");

    public static GeminiHome Create(CliEnvironment environment, GeminiLogin login)
    {
        var home = new GeminiHome(PrivateFolder.Create(environment.RunRoot, "gemini"));
        try
        {
            home.Fill(environment, login);
            return home;
        }
        catch
        {
            home.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The system prompt of every session that starts or loads from now on. What the CLI does not leave as it is, nothing here can keep:
    /// <see cref="GeminiInstructions"/>.
    /// </summary>
    public void WriteInstructions(string text) => File.WriteAllText(InstructionsFile, GeminiInstructions.ForFile(text));

    /// <summary>What the model may call in every session that loads from now on.</summary>
    public void WritePolicy(CallerTools tools)
    {
        var policy = GeminiLock.Policy(tools.WireNames);
        if (policy != _policy)
        {
            File.WriteAllText(PolicyFile, policy);
            _policy = policy;
        }
    }

    /// <summary>Finds the folder that the CLI made for its working folder's sessions, once it has started one.</summary>
    /// <exception cref="InvalidDataException">It did not do so, or in another way than expected.</exception>
    public void FindSessions()
    {
        try
        {
            using var projects = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(_gemini, "projects.json")));
            var name = projects.RootElement.GetProperty("projects").EnumerateObject().Single().Value.GetString()!;
            _sessions = System.IO.Path.Combine(_gemini, "tmp", System.IO.Path.GetFileName(name), "chats");
            Directory.CreateDirectory(_sessions);
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException("Gemini CLI keeps its sessions in another place than expected.", e);
        }
    }

    /// <summary>Where <c>session/load</c> looks for this session.</summary>
    public string SessionFile(Guid session)
    {
        var folder = _sessions ?? throw new InvalidOperationException("The CLI has not started a session yet.");
        return System.IO.Path.Combine(folder, $"session-polydev-{session.ToString()[..8]}.jsonl");
    }

    /// <summary>
    /// Removes what a call has left: its session file, those that the CLI wrote by itself, its error reports, its instructions, its tools.
    /// </summary>
    public void Forget()
    {
        WriteInstructions(string.Empty);
        WritePolicy(CallerTools.None);
        foreach (var folder in (string?[])[_sessions, TemporaryFolder])
        {
            foreach (var file in folder is null ? [] : Directory.GetFiles(folder))
            {
                File.Delete(file);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Fill(CliEnvironment environment, GeminiLogin login)
    {
        File.WriteAllText(System.IO.Path.Combine(_gemini, InstallationFile), InstallationId(environment, login));
        File.WriteAllText(System.IO.Path.Combine(_gemini, "settings.json"), GeminiLock.Settings(login.Method ?? GeminiLogin.ApiKey));
        WritePolicy(CallerTools.None);

        // The CLI loads the first .env that it finds from here up to the root: an empty one keeps the user's out.
        File.WriteAllText(System.IO.Path.Combine(WorkingFolder, ".env"), string.Empty);
        WriteInstructions(string.Empty);
        if (login.Method == GeminiLogin.OAuth)
        {
            LinkCredentials(login.Folder);
        }
    }

    // Sent with usage statistics only, which are off; the home names the machine all the same.
    private static string InstallationId(CliEnvironment environment, GeminiLogin login) =>
        CliDevice.Read(System.IO.Path.Combine(login.Folder, InstallationFile), text => text.Length > 0)
        ?? CliDevice.Kept(environment, "gemini-installation", CliDevice.IsGuid, () => Guid.NewGuid().ToString());

    private void LinkCredentials(string userFolder)
    {
        foreach (var name in GeminiLogin.Credentials)
        {
            var source = System.IO.Path.Combine(userFolder, name);
            var target = System.IO.Path.Combine(_gemini, name);
            if (!File.Exists(source))
            {
                continue;
            }

            if (OperatingSystem.IsWindows())
            {
                // Links need a privilege there; Google's refresh tokens do not change, so a copy serves as long.
                File.Copy(source, target);
            }
            else
            {
                File.CreateSymbolicLink(target, source);
            }
        }
    }
}

/// <summary>The session file of one call: written by us, then continued by the CLI.</summary>
internal sealed class GeminiSessionFile(string path, Guid session)
{
    // The CLI writes the whole conversation once more where it has changed it, pictures and all: nothing of it is ours to read.
    private static readonly byte[] Whole = """{"$set":"""u8.ToArray();

    private int _ours;

    /// <summary>So many of its messages the CLI replays when it loads them.</summary>
    public int Replayed { get; private set; }

    public async Task WriteAsync(WorkItem item, CallerTools tools, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (var lines, Replayed) = GeminiHistory.Write(item, tools, session, now);
        await File.WriteAllBytesAsync(path, lines, cancellationToken);
        _ours = lines.Length;
    }

    /// <summary>
    /// The tokens of the answer, with those cached and thought, and the model's calls with their whole arguments: the CLI writes them here
    /// only. Null when they cannot be found.
    /// </summary>
    public async Task<GeminiProtocol.RecordedAnswer?> ReadAnswerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = _ours;
            var theirs = new byte[Math.Max(0, file.Length - _ours)];
            await file.ReadExactlyAsync(theirs, cancellationToken);
            return AnswerIn(theirs);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            // Another version's file: the protocol's own, coarser figures serve.
            return null;
        }
    }

    private static GeminiProtocol.RecordedAnswer? AnswerIn(ReadOnlySpan<byte> lines)
    {
        GeminiProtocol.RecordedAnswer? answer = null;
        foreach (var range in lines.Split((byte)'\n'))
        {
            var line = lines[range];
            if (line.IsEmpty || line.StartsWith(Whole))
            {
                continue;
            }

            var recorded = JsonSerializer.Deserialize(line, GeminiJson.Default.RecordedAnswer);
            answer = recorded is { Type: "gemini" }
                ? recorded with { Tokens = recorded.Tokens ?? answer?.Tokens, ToolCalls = recorded.ToolCalls ?? answer?.ToolCalls }
                : answer;
        }

        return answer;
    }
}
