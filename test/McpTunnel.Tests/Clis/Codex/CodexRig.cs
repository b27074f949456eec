using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.ModelProvider;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>The adapter over the real Codex CLI, a user's home that is logged in with an API key, and a provider on loopback.</summary>
internal sealed class CodexRig : IAsyncDisposable
{
    public const string Model = "gpt-5.3-codex";
    public const string ApiKey = "sk-of-the-test";

    private readonly NoErrorLogs _logs = new();
    private readonly ILoggerFactory _logging;

    private CodexRig(ProviderServer provider, Dictionary<string, string> variables)
    {
        Provider = provider;
        variables["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        variables.TryAdd("CODEX_CLI_PATH", TestClis.Codex);
        _logging = _logs.CreateFactory();
        Cli = new CliEnvironment { Variables = variables, Home = Folder.Folder("user"), RunRoot = Folder.Folder("run") };
        Adapter = new CodexAdapter(Cli, TimeProvider.System, _logging.CreateLogger<CodexAdapter>());
    }

    public TemporaryFolder Folder { get; } = new();

    public ProviderServer Provider { get; }

    public CliEnvironment Cli { get; }

    public CodexAdapter Adapter { get; }

    /// <param name="config">The user's config.toml; by default only the provider's address.</param>
    /// <param name="auth">The user's auth.json; empty: none.</param>
    public static async Task<CodexRig> StartAsync(string? config = null, string? auth = null, params (string Name, string Value)[] variables)
    {
        var provider = await ProviderServer.StartAsync();
        var rig = new CodexRig(provider, variables.ToDictionary(variable => variable.Name, variable => variable.Value));
        rig.WriteUserFile("config.toml", (config ?? "openai_base_url = 'BASE'").Replace("BASE", provider.OpenAiBaseUrl));
        auth ??= $$"""{"OPENAI_API_KEY":"{{ApiKey}}"}""";
        if (auth.Length > 0)
        {
            rig.WriteUserFile("auth.json", auth);
        }

        return rig;
    }

    public void WriteUserFile(string name, string content) => File.WriteAllText(Folder.File("user", ".codex", name), content);

    public static WorkItem Ask(string text, string model = Model)
    {
        var item = Conversation(string.Empty, text);
        item.Model = model;
        return item;
    }

    /// <summary>User and assistant in turn.</summary>
    public static WorkItem Conversation(string instructions, params string[] texts)
    {
        var item = new WorkItem { WorkId = "w1", Provider = "codex", Model = Model, Instructions = instructions };
        foreach (var (index, text) in texts.Index())
        {
            item.Messages.Add(new Message { Role = index % 2 == 0 ? Role.User : Role.Assistant, Parts = { new Part { Text = new TextPart { Text = text } } } });
        }

        return item;
    }

    public async Task<Answer> RunAsync(WorkItem item)
    {
        var answer = new Answer();
        await foreach (var next in Adapter.RunAsync(item, CancellationToken.None))
        {
            answer.Add(next);
        }

        return answer;
    }

    public CliFailureException Fails(WorkItem item) => Assert.ThrowsAsync<CliFailureException>(() => RunAsync(item).DefaultTimeout())!;

    /// <summary>The processes that this rig's adapter has started.</summary>
    public IReadOnlyList<RunningProcess> Processes() => ProcessProbe.WithMarker(Cli.RunRoot);

    public async ValueTask DisposeAsync()
    {
        await Adapter.DisposeAsync();
        await ProcessProbe.AssertGoneAsync(Processes, TimeSpan.FromSeconds(2));
        Assert.That(Directory.EnumerateFileSystemEntries(Cli.RunRoot), Is.Empty, "A private folder was left behind.");
        await Provider.DisposeAsync();
        Folder.Dispose();
        _logging.Dispose();
        _logs.Dispose();
    }
}
