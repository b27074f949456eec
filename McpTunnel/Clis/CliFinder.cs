using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Finds a CLI and says whether it may serve. It is inspected once for each state of its files, and tested once: nothing is handed to a
/// program that was put in its place a moment ago.
/// </summary>
internal abstract class CliFinder<TCli> : IAsyncDisposable
    where TCli : class
{
    /// <summary>How long a call waits for a self-test that runs, as it does after an update.</summary>
    public static readonly TimeSpan TestPatience = TimeSpan.FromSeconds(10);

    private readonly SelfTestGate? _gate;
    private volatile FoundCli<TCli>? _found;

    protected CliFinder(CliEnvironment environment, TimeProvider time, ILogger logger)
    {
        Machine = environment;
        Time = time;
        Logger = logger;
        _gate = environment.SelfTests is { } known ? new SelfTestGate(known, time, logger) : null;
        _gate?.Changed += () => News?.Invoke();
    }

    /// <summary>Raised when a self-test has ended, or was begun by a call.</summary>
    public event Action? News;

    public abstract string Provider { get; }

    protected CliEnvironment Machine { get; }

    protected TimeProvider Time { get; }

    protected ILogger Logger { get; }

    /// <summary>For a person without this CLI.</summary>
    protected abstract string InstallHint { get; }

    /// <summary>How many self-tests have ended.</summary>
    protected int Tests => _gate?.Count ?? 0;

    public virtual ValueTask DisposeAsync() => _gate?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>The files that it consists of, all links resolved; none where it is not installed. Reads the file system only.</summary>
    protected abstract string[] Locate();

    /// <summary>Learns what must be known before a start. Asked once for each state of the files.</summary>
    protected abstract Task<TCli> InspectAsync(string[] files, CancellationToken cancellationToken);

    /// <summary>False where something could not be learned this time: the next call inspects anew.</summary>
    protected virtual bool IsWhole(TCli cli) => true;

    /// <summary>Empty where only a session tells it.</summary>
    protected abstract string VersionOf(TCli cli);

    /// <summary>Of the lock, where the login decides which one a session gets: each is tested by itself.</summary>
    protected virtual string LockVariant() => string.Empty;

    /// <summary>Runs the self-test; all that it has started is gone at its end.</summary>
    protected abstract Task<SelfTestVerdict> TestAsync(TCli cli, CancellationToken cancellationToken);

    /// <summary>Null where it is not installed.</summary>
    protected async Task<FoundCli<TCli>?> FindAsync(CancellationToken cancellationToken)
    {
        var files = Locate();
        if (files.Length == 0)
        {
            return null;
        }

        var stamp = CliFiles.ProgramStamp(files);
        if (_found is { } known && known.Stamp == stamp)
        {
            return known;
        }

        var found = new FoundCli<TCli>(stamp, await InspectAsync(files, cancellationToken));
        _found = IsWhole(found.Cli) ? found : null;
        return found;
    }

    /// <summary>The CLI as it is found at this moment, if it may serve.</summary>
    /// <exception cref="CliFailureException">
    /// BUSY: it is new, and its test still runs after that time. NO_CLI: there is none, or it has not passed.
    /// </exception>
    protected async Task<FoundCli<TCli>> FindTestedAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var found = await FindAsync(cancellationToken) ?? throw new CliFailureException(FailureKind.NoCli, InstallHint);
        var verdict = _gate is null
            ? SelfTestVerdict.Passed
            : await _gate.WaitAsync(Subject(found), Test(found), patience, cancellationToken);
        return verdict switch
        {
            null => throw BeingTested(),
            { Outcome: SelfTestOutcome.Passed } => found,
            _ => throw new CliFailureException(FailureKind.NoCli, verdict.Reason),
        };
    }

    /// <summary>Null while it is being tested, which this begins.</summary>
    protected SelfTestVerdict? VerdictOn(FoundCli<TCli> found) =>
        _gate is null ? SelfTestVerdict.Passed : _gate.Find(Subject(found), Test(found));

    /// <summary>False once something else stands in its place.</summary>
    protected bool IsStill(FoundCli<TCli> found) => CliFiles.ProgramStamp(Locate()) == found.Stamp;

    protected CliFailureException BeingTested() => new(
        FailureKind.Busy,
        $"The {Provider} CLI of the tunnel's machine was just installed or updated and is being tested before it serves. "
        + "Try again in a few seconds.");

    private SelfTestSubject Subject(FoundCli<TCli> found) =>
        SelfTestSubject.Of(Provider, VersionOf(found.Cli), found.Stamp, LockVariant());

    // A verdict on a program that was replaced meanwhile would be on neither.
    private Func<CancellationToken, Task<SelfTestVerdict>> Test(FoundCli<TCli> found) => async cancellationToken =>
    {
        var verdict = await TestAsync(found.Cli, cancellationToken);
        return IsStill(found) ? verdict : new SelfTestVerdict(SelfTestOutcome.Undecided, "It was replaced while it was tested.");
    };
}

/// <summary>An installed CLI, in one state of its files.</summary>
internal sealed record FoundCli<TCli>(string Stamp, TCli Cli)
    where TCli : class;
