using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.ModelProvider;
using Polydev.ModelProvider.Requests;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>
/// An adapter over its real CLI, the home of a user, and a provider on loopback. Disposing checks that nothing is left behind.
/// </summary>
internal abstract class CliRig : IAsyncDisposable
{
    private readonly NoErrorLogs _logs = new();
    private readonly ILoggerFactory _logging;

    /// <param name="warm">Sessions that wait; null: as many as a user has.</param>
    protected CliRig(ProviderServer provider, IReadOnlyDictionary<string, string> variables, int? warm = null)
    {
        Provider = provider;
        _logging = _logs.CreateFactory();
        var pool = new CliSessionPoolOptions();
        Cli = new CliEnvironment
        {
            Variables = new Dictionary<string, string>(variables) { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! },
            Home = Folder.Folder("user"),
            RunRoot = Folder.Folder("run"),
            StateFolder = Folder.Folder("state"),
            SystemRoot = Folder.Folder("system"),
            Pool = pool with { Warm = warm ?? pool.Warm },
        };
        Adapter = Create(_logging);
    }

    public TemporaryFolder Folder { get; } = new();

    public ProviderServer Provider { get; }

    /// <summary>The model calls so far; Claude Code 2.1.197 also knocks at the provider's door.</summary>
    public IReadOnlyList<ProviderRequest> Calls => [.. Provider.Requests.Where(request => request.Kind == ProviderRequestKind.Generate)];

    public CliEnvironment Cli { get; }

    public ICliAdapter Adapter { get; }

    public static Part Text(string text) => new() { Text = new TextPart { Text = text } };

    public static Message Message(Role role, params Part[] parts) => new() { Role = role, Parts = { parts } };

    /// <summary>A question that needed a tool: call, result, and the answer that followed where it is given.</summary>
    public static WorkItem WithToolCall(WorkItem item, string argumentsJson, string result, bool isAnswered, string id = "call_1")
    {
        var call = new ToolCallPart { Id = id, Name = "get_weather", ArgumentsJson = argumentsJson };
        var told = new ToolResultPart { ToolCallId = id, Name = "get_weather", Content = { Text(result) } };
        item.Messages.Add(Message(Role.Assistant, new Part { ToolCall = call }));
        item.Messages.Add(Message(Role.User, new Part { ToolResult = told }));
        if (isAnswered)
        {
            item.Messages.Add([Message(Role.Assistant, Text("It rains.")), Message(Role.User, Text("Thanks."))]);
        }

        return item;
    }

    /// <summary>Asks, and folds the answer; what goes wrong is thrown.</summary>
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

    /// <summary>Waits until the adapter, which is not disposed yet, has neither a process nor a private folder left.</summary>
    public async Task AssertNothingLeftAsync()
    {
        await ProcessProbe.AssertGoneAsync(Processes, TaskTimeouts.Default);
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Directory.EnumerateFileSystemEntries(Cli.RunRoot).Any())
        {
            await ticks.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>Ends the adapter in order: whatever its CLI was about to do has been done.</summary>
    public async Task EndAsync()
    {
        await Adapter.DisposeAsync();
        await AssertNothingLeftAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Adapter.DisposeAsync();
        await Leftovers.AssertNoneAsync(Processes, Cli.RunRoot);
        await Provider.DisposeAsync();
        Folder.Dispose();
        _logging.Dispose();
        _logs.Dispose();
    }

    protected abstract ICliAdapter Create(ILoggerFactory logging);

    /// <summary>User and assistant in turn.</summary>
    protected static WorkItem Conversation(string provider, string model, string instructions, IEnumerable<string> texts)
    {
        var item = new WorkItem { WorkId = "w1", Provider = provider, Model = model, Instructions = instructions };
        item.Messages.Add(texts.Select((text, index) => Message(index % 2 == 0 ? Role.User : Role.Assistant, Text(text))));
        return item;
    }
}
