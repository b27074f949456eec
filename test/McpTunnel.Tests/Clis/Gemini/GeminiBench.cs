using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.ModelProvider;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

/// <summary>The real Gemini CLI behind the adapter, with a home of its own and the loopback provider before it.</summary>
internal sealed class GeminiBench : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NoErrorLogs _logs = new();
    private readonly ILoggerFactory _loggers;

    private GeminiBench(ProviderServer provider, int warm, IReadOnlyDictionary<string, string> more)
    {
        Provider = provider;
        _loggers = _logs.CreateFactory();
        RunRoot = _folder.Folder("run");
        Home = _folder.Folder("home");
        Adapter = new GeminiAdapter(
            new CliEnvironment
            {
                Variables = new Dictionary<string, string>(more)
                {
                    ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? string.Empty,
                    [GeminiCli.PathVariable] = TestClis.Gemini,
                    [GeminiCli.NodeVariable] = TestClis.Node,
                    ["GEMINI_API_KEY"] = "test-key",
                    ["GOOGLE_GEMINI_BASE_URL"] = provider.GeminiBaseUrl,
                    ["GEMINI_SYSTEM_MD"] = Canary("not-the-users.md"),
                },
                Home = Home,
                RunRoot = RunRoot,
                Pool = new CliSessionPoolOptions { Warm = warm },
            },
            TimeProvider.System,
            _loggers.CreateLogger<GeminiAdapter>());
    }

    public ProviderServer Provider { get; }

    public GeminiAdapter Adapter { get; }

    public string RunRoot { get; }

    /// <summary>The home of the user, whose own .gemini folder it may hold.</summary>
    public string Home { get; }

    public static async Task<GeminiBench> StartAsync(int warm = 0, params (string Name, string Value)[] variables) =>
        new(await ProviderServer.StartAsync(), warm, variables.ToDictionary(variable => variable.Name, variable => variable.Value));

    /// <summary>A path that nothing may touch.</summary>
    public string Canary(string name) => _folder.File("canary", name);

    public IReadOnlyList<RunningProcess> Processes() => ProcessProbe.WithMarker(RunRoot);

    /// <summary>Asks, and folds the answer; what goes wrong is thrown.</summary>
    public async Task<Answer> AskAsync(WorkItem item, CancellationToken cancellationToken = default)
    {
        var answer = new Answer();
        await foreach (var next in Adapter.RunAsync(item, cancellationToken))
        {
            answer.Add(next);
        }

        return answer;
    }

    public static WorkItem Item(params string[] turns)
    {
        var item = new WorkItem { Provider = "gemini", Model = "gemini-2.5-flash" };
        for (var index = 0; index < turns.Length; index++)
        {
            item.Messages.Add(Message(index % 2 == 0 ? Role.User : Role.Assistant, turns[index]));
        }

        return item;
    }

    public static Message Message(Role role, params string[] texts)
    {
        var message = new Message { Role = role };
        message.Parts.AddRange(texts.Select(text => new Part { Text = new TextPart { Text = text } }));
        return message;
    }

    public async ValueTask DisposeAsync()
    {
        await Adapter.DisposeAsync();
        await Provider.DisposeAsync();
        _loggers.Dispose();
        _logs.Dispose();
        _folder.Dispose();
    }
}
