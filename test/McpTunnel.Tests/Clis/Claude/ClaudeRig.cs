using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.ModelProvider;
using Polydev.ModelProvider.Requests;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>The adapter over the real Claude Code, a user's home, and a provider on loopback.</summary>
internal sealed class ClaudeRig : IAsyncDisposable
{
    public const string Model = "claude-haiku-4-5-20251001";
    public const string ApiKey = "sk-of-the-test";

    private readonly NoErrorLogs _logs = new();
    private readonly ILoggerFactory _logging;

    private ClaudeRig(ProviderServer provider, Dictionary<string, string> variables)
    {
        Provider = provider;
        variables["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        variables["ANTHROPIC_BASE_URL"] = provider.AnthropicBaseUrl;
        variables.TryAdd("CLAUDE_CODE_PATH", TestClis.Claude);
        _logging = _logs.CreateFactory();
        Cli = new CliEnvironment { Variables = variables, Home = Folder.Folder("user"), RunRoot = Folder.Folder("run") };
        Adapter = new ClaudeAdapter(Cli, TimeProvider.System, _logging.CreateLogger<ClaudeAdapter>());
    }

    public TemporaryFolder Folder { get; } = new();

    public ProviderServer Provider { get; }

    /// <summary>The model calls so far; 2.1.197 also knocks at the provider's door.</summary>
    public IReadOnlyList<ProviderRequest> Calls => [.. Provider.Requests.Where(request => request.Kind == ProviderRequestKind.Generate)];

    public CliEnvironment Cli { get; }

    public ClaudeAdapter Adapter { get; }

    /// <summary>Logged in with an API key of the environment.</summary>
    public static Task<ClaudeRig> StartAsync() => StartAsync(("ANTHROPIC_API_KEY", ApiKey));

    public static async Task<ClaudeRig> StartAsync(params (string Name, string Value)[] variables) =>
        new(await ProviderServer.StartAsync(), variables.ToDictionary(variable => variable.Name, variable => variable.Value));

    public void WriteUserFile(string name, string content) => File.WriteAllText(Folder.File("user", ".claude", name), content);

    public static WorkItem Ask(string text) => Conversation(string.Empty, text);

    /// <summary>User and assistant in turn.</summary>
    public static WorkItem Conversation(string instructions, params string[] texts)
    {
        var item = new WorkItem { WorkId = "w1", Provider = "claude", Model = Model, Instructions = instructions };
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

    /// <summary>Waits until so many of them run.</summary>
    public Task WaitForProcessesAsync(int count) =>
        ProcessProbe.AssertGoneAsync(() => Processes() is var running && running.Count >= count ? [] : running, TaskTimeouts.Default);

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
