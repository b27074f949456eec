using System.Runtime.CompilerServices;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// What the adapters of all CLIs do alike. Each brings what differs: how its CLI is found, described, started, and what its errors mean.
/// <code>find -> tested? -> take a session that nobody has used -> prepare (once again if it is dead) -> ask -> give it back</code>
/// </summary>
/// <typeparam name="TCli">What is known of an installed CLI: kept while its files are the same.</typeparam>
internal abstract class CliAdapter<TCli, TSession> : CliFinder<TCli>, ICliAdapter
    where TCli : class
    where TSession : class, ICliSession
{
    private readonly CliSessionPool<TSession> _pool;
    private int _refusals;

    protected CliAdapter(CliEnvironment environment, TimeProvider time, ILogger logger)
        : base(environment, time, logger)
    {
        _pool = new CliSessionPool<TSession>(StartAsync, environment.Pool, environment.Starts, time, logger);
        Quota = new CliQuota(Provider, environment.Quotas.Of(Provider), time);
        Machine.Lockdown.Broken += _pool.Kill;
    }

    public CliQuota Quota { get; }

    public SelfTestVerdict? Verdict { get; private set; }

    /// <summary>
    /// Of <see cref="Polydev.Shared.Models.RequestFeatures"/>: what reaches the vendor, whichever the model, or is done by the tunnel.
    /// </summary>
    protected abstract IReadOnlyList<string> Honours { get; }

    public async Task<CliInfo> DetectAsync(CancellationToken cancellationToken)
    {
        var info = new CliInfo { Provider = Provider, State = CliState.NotInstalled, Hint = InstallHint, Honours = { Honours } };
        Verdict = null;
        try
        {
            if (await FindAsync(cancellationToken) is { } found)
            {
                Machine.Loop.ThrowIfCloses(BaseUrls());
                CliManaged.ThrowIfAny(Machine, Layers());
                info.Version = VersionOf(found.Cli);
                info.State = CliState.Testing;
                info.Hint = "It is new to this tunnel and is being tested before it serves: a few seconds.";
                await DescribeAsync(info, found, cancellationToken);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException && Explain(e) is { Kind: not FailureKind.Internal } failure)
        {
            // What is left, a time-out or a fault of ours, is no answer of the CLI: the catalog then keeps what it knew.
            info.State = failure.Kind == FailureKind.NotLoggedIn ? CliState.NotLoggedIn : CliState.Unusable;
            info.Hint = failure.Message;
        }

        DropUnfit(info.Models);
        return info;
    }

    public virtual bool TakesStop(string stop) => false;

    public virtual bool TakesMaxOutputTokens => false;

    public virtual bool TakesFormat(ResponseFormat format, string model) => false;

    public virtual bool StreamsArguments => false;

    public virtual string Look() => $"{Stamp(CliFiles.ProgramStamp(Locate()))} {Machine.Loop.Closes(BaseUrls())} {Tests}";

    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // 1. A session of its own, told everything but the question.
        ThrowIfUnfit(item.Model);
        var (key, session) = await TakeAsync(item, cancellationToken);
        try
        {
            // 2. The question, and the answer as it comes.
            await using var events = session.AskAsync(item, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(session, events, cancellationToken))
            {
                // What the CLI asked for just before its end may still be on its way to the session.
                if (session.Incident is { } incident && events.Current.IsFinal())
                {
                    throw Told(session, incident);
                }

                yield return events.Current;
            }
        }
        finally
        {
            // 3. Whatever came of it, the pool decides whether the process serves again.
            _pool.Return(key, session);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        Machine.Lockdown.Broken -= _pool.Kill;
        await base.DisposeAsync();
        await _pool.DisposeAsync();
    }

    /// <summary>The user's files that say with which login and which settings it runs. They need not exist.</summary>
    protected abstract IEnumerable<string> LoginFiles();

    /// <summary>Administrators' settings that stand above the lock, by <see cref="CliManaged"/>. They need not exist.</summary>
    protected virtual IEnumerable<string> Layers() => [];

    /// <summary>
    /// The addresses of the user's own to which this CLI's calls go; none: its vendor's, or files that cannot be read, of which the start
    /// will tell.
    /// </summary>
    protected virtual IReadOnlyList<string> BaseUrls() => [];

    /// <summary>Fills in version and models. What keeps the CLI from being used is thrown, once all else is told.</summary>
    protected abstract Task DescribeAsync(CliInfo info, TCli cli, CancellationToken cancellationToken);

    /// <summary>The model, where a process must be told it at its start; null where any process serves it.</summary>
    protected virtual string? EarlyModel(TCli cli, string model) => null;

    /// <summary>False where the next call will hardly ask for the same model: no process waits for it.</summary>
    protected virtual bool IsWorthWarming(TCli cli, string model) => true;

    protected abstract Task<TSession> StartAsync(TCli cli, string? model, CancellationToken cancellationToken);

    /// <summary>What this CLI's failures mean for a caller; INTERNAL is kept for what is none of its failures.</summary>
    protected abstract CliFailureException Explain(Exception exception);

    /// <exception cref="CliFailureException">UNKNOWN_MODEL: no CLI is to be started with this name.</exception>
    protected virtual void ThrowIfUnfit(string model)
    {
        if (!ModelId.IsName(model))
        {
            throw new CliFailureException(FailureKind.UnknownModel, "This is not a model id of any CLI.", 404);
        }
    }

    // What the router would not ask for is not offered.
    private static void DropUnfit(RepeatedField<ModelInfo> models)
    {
        for (var index = models.Count - 1; index >= 0; index--)
        {
            if (!ModelId.IsName(models[index].Id))
            {
                models.RemoveAt(index);
            }
        }
    }

    private async Task<(CliSessionKey Key, TSession Session)> TakeAsync(WorkItem item, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var key = default(CliSessionKey);
            TSession? session = null;
            try
            {
                CliManaged.ThrowIfAny(Machine, Layers());
                var (program, cli) = await FindTestedAsync(TestPatience, cancellationToken);
                key = new CliSessionKey(Stamp(program), EarlyModel(cli, item.Model)) { IsWarmed = IsWorthWarming(cli, item.Model) };
                session = await _pool.TakeAsync(key, cancellationToken);
                await session.PrepareAsync(item, cancellationToken);
                return (key, session);
            }
            catch (Exception e)
            {
                var failure = cancellationToken.IsCancellationRequested ? null : Told(session, e);

                // A process that waited may have died meanwhile; that is seen only now, and nothing was asked yet.
                var isWorthAnother = isFirst && session is { IsAlive: false } && failure is { Kind: FailureKind.CliCrashed };
                if (session is not null)
                {
                    _pool.Return(key, session);
                }

                if (isWorthAnother)
                {
                    continue;
                }

                if (failure is null || failure == e)
                {
                    throw;
                }

                throw failure;
            }
        }
    }

    private async ValueTask<bool> NextAsync(TSession session, IAsyncEnumerator<WorkEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && Told(session, e) is var failure && failure != e)
        {
            throw failure;
        }
    }

    private CliFailureException Told(TSession? session, Exception exception)
    {
        // A session that ends its own turn does it by a cancellation: the reason is its incident.
        var failure = session?.Incident ?? Explain(exception);
        if (failure.Kind is FailureKind.NotLoggedIn or FailureKind.NoCli)
        {
            Interlocked.Increment(ref _refusals);
        }

        if (CliLockdown.IsCause(failure))
        {
            CliLog.LockBroke(Logger, Provider);
            Machine.Lockdown.Break(Provider, failure);
        }

        return failure;
    }

    // No session waits, or is handed a text, that was started from anything but a program that has passed.
    private async Task<TSession> StartAsync(CliSessionKey key, CancellationToken cancellationToken)
    {
        Machine.Loop.ThrowIfCloses(BaseUrls());
        CliManaged.ThrowIfAny(Machine, Layers());
        var found = await FindTestedAsync(TimeSpan.Zero, cancellationToken);
        var session = await StartAsync(found.Cli, key.Model, cancellationToken);
        if (IsStill(found))
        {
            return session;
        }

        await session.DisposeAsync();
        throw BeingTested();
    }

    private async Task DescribeAsync(CliInfo info, FoundCli<TCli> found, CancellationToken cancellationToken)
    {
        Verdict = VerdictOn(found);
        switch (Verdict?.Outcome)
        {
            case SelfTestOutcome.Passed:
                info.State = CliState.Ready;
                info.Hint = string.Empty;
                await DescribeAsync(info, found.Cli, cancellationToken);
                break;
            case not null:
                info.State = CliState.Unusable;
                info.Hint = Verdict!.Reason;
                break;
        }
    }

    // After a refusal no process that waits is used: a login that no file shows, such as a keychain's, may have changed behind its back.
    private string Stamp(string program) =>
        $"{program}{CliFiles.Stamp([.. LoginFiles(), .. Layers()])} {Volatile.Read(ref _refusals)}";
}
