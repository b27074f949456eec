using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>A CLI that is one file, with sessions and answers of the test's own.</summary>
internal sealed class FakeCliAdapter(
    CliEnvironment environment, string program, string login, Func<int, FakeSession> start, TimeProvider? time = null)
    : CliAdapter<string, FakeSession>(environment, time ?? TimeProvider.System, NullLogger.Instance)
{
    private int _started;

    public override string Provider => "fake";

    public int Inspections { get; private set; }

    public int Started => _started;

    /// <summary>Where its user has pointed it at.</summary>
    public string[] Urls { get; set; } = [];

    /// <summary>The programs that were tested, in their order.</summary>
    public ConcurrentQueue<string> Tested { get; } = new();

    /// <summary>What a test finds, by the program's content.</summary>
    public Func<string, CancellationToken, Task<SelfTestVerdict>> Test { get; set; } = (_, _) => Task.FromResult(SelfTestVerdict.Passed);

    /// <summary>What a description throws.</summary>
    public Exception? Describes { get; set; }

    /// <summary>What it reports.</summary>
    public List<string> Models { get; } = [];

    protected override string InstallHint => "Install it.";

    protected override IReadOnlyList<string> Honours => ["thinking"];

    protected override string[] Locate() => File.Exists(program) ? [program] : [];

    protected override IEnumerable<string> LoginFiles() => [login];

    protected override IReadOnlyList<string> BaseUrls() => Urls;

    protected override Task<string> InspectAsync(string[] files, CancellationToken cancellationToken)
    {
        Inspections++;
        return Task.FromResult(File.ReadAllText(files[0]));
    }

    protected override string VersionOf(string cli) => cli;

    protected override Task<SelfTestVerdict> TestAsync(string cli, CancellationToken cancellationToken)
    {
        Tested.Enqueue(cli);
        return Test(cli, cancellationToken);
    }

    protected override Task DescribeAsync(CliInfo info, string cli, CancellationToken cancellationToken)
    {
        info.Models.Add(Models.Select(id => new ModelInfo { Id = id }));
        return Describes is null ? Task.CompletedTask : Task.FromException(Describes);
    }

    protected override bool IsWhole(string cli) => cli != "half";

    protected override Task<FakeSession> StartAsync(string cli, string? model, CancellationToken cancellationToken) =>
        Task.FromResult(start(Interlocked.Increment(ref _started)));

    protected override CliFailureException Explain(Exception exception) => exception switch
    {
        CliFailureException known => known,
        IOException => new CliFailureException(FailureKind.CliCrashed, "It is gone.", inner: exception),
        _ => new CliFailureException(FailureKind.Internal, "A defect.", inner: exception),
    };
}
