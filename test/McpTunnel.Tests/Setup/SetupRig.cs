using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Setup;
using Polydev.McpTunnel.Setup.Edits;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Setup;

/// <summary>A user's home with editors in it, and <c>setup</c> run on it.</summary>
internal sealed class SetupRig : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Home => _folder.Folder("home");

    public ServerEntry Entry { get; set; } = new("/opt/polydev-mcp", [], "https://broker.example");

    /// <summary>What the user answers; null: there is nobody to ask.</summary>
    public bool? Answer { get; set; }

    public string Output { get; private set; } = string.Empty;

    public List<string> Questions { get; } = [];

    // No PATH and an override that leads nowhere: no CLI of this machine is asked.
    public EditorMachine Machine => new(
        new CliEnvironment
        {
            Variables = new Dictionary<string, string>
            {
                ["CLAUDE_CODE_PATH"] = "/nowhere",
                ["CODEX_CLI_PATH"] = "/nowhere",
                ["GEMINI_CLI_PATH"] = "/nowhere",
                ["XDG_CONFIG_HOME"] = Path.Combine(Home, ".config"),
            },
            Home = Home,
            RunRoot = _folder.Folder("run"),
        },
        SystemKind.Linux);

    public static Editor Editor(string name) => Editors.All.Single(editor => editor.Name == name);

    public string FileOf(string name) => Editor(name).Files(Machine).First();

    public string Write(string name, byte[] content)
    {
        var file = FileOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return file;
    }

    public SetupResult Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var options = new SetupOptions([.. arguments.Where(argument => !argument.StartsWith('-')).Select(Editor)])
        {
            Yes = arguments.Contains("--yes"),
            DryRun = arguments.Contains("--dry-run"),
            Remove = arguments.Contains("--remove"),
        };
        var run = new SetupRun(Machine, Entry, output, Answer is { } answer ? Ask : null);
        var result = run.RunAsync(options, CancellationToken.None).GetAwaiter().GetResult();
        Output = output.ToString();
        return result;

        bool Ask(string question)
        {
            Questions.Add(question);
            return answer;
        }
    }

    /// <summary>Every file below the home with its bytes.</summary>
    public Dictionary<string, string> Files() => Directory.EnumerateFiles(Home, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(Home, file), file => Convert.ToBase64String(File.ReadAllBytes(file)));

    public void Dispose() => _folder.Dispose();
}
