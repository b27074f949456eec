using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>Gemini CLI over its Agent Client Protocol (<c>gemini --acp</c>). Tested with 0.61.0. Honours no sampling fields: those are the process's, not the session's.</summary>
internal sealed class GeminiAdapter(CliEnvironment environment, TimeProvider time, ILogger<GeminiAdapter> logger) : ICliAdapter
{
    // The model is chosen for each session, so one kind of process serves all.
    private const string AnyModel = "";

    private readonly GeminiCatalog _catalog = new();
    private CliSessionPool<GeminiSession>? _pool;

    public string Provider => Providers.Gemini;

    private CliSessionPool<GeminiSession> Pool =>
        LazyInitializer.EnsureInitialized(ref _pool, () => new CliSessionPool<GeminiSession>(StartAsync, environment.Pool, time, logger));

    public Task<CliInfo> DetectAsync(CancellationToken cancellationToken) =>
        Task.Run(() => _catalog.Describe(GeminiCli.Find(environment), () => GeminiLogin.Read(environment)), cancellationToken);

    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CliModelId.ThrowIfUnfit(item.Model);
        if (!GeminiLock.IsConcrete(item.Model))
        {
            throw new CliFailureException(FailureKind.UnknownModel, $"{item.Model} lets Gemini CLI choose a model: name one, such as {KnownModels.DefaultGemini}.");
        }

        var session = await Pool.TakeAsync(AnyModel, cancellationToken);
        try
        {
            await using var events = session.AskAsync(item, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await MoveNextAsync(session, events, cancellationToken))
            {
                yield return events.Current;
            }
        }
        finally
        {
            Pool.Return(AnyModel, session);
        }
    }

    public ValueTask DisposeAsync() => _pool?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async ValueTask<bool> MoveNextAsync(GeminiSession session, IAsyncEnumerator<WorkEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            session.ThrowIfLockBroken();
            throw GeminiErrors.Of(e);
        }
    }

    private async Task<GeminiSession> StartAsync(string model, CancellationToken cancellationToken)
    {
        var cli = GeminiCli.Find(environment) ?? throw new CliFailureException(FailureKind.NoCli, GeminiCli.InstallHint);
        var login = GeminiLogin.Read(environment);
        if (!cli.CanBeLocked)
        {
            throw new CliFailureException(FailureKind.NoCli, GeminiCatalog.TooOldHint);
        }

        if (!login.IsComplete)
        {
            throw new CliFailureException(FailureKind.NotLoggedIn, login.Hint);
        }

        try
        {
            var session = await GeminiSession.StartAsync(cli, login, environment, time, cancellationToken);
            _catalog.Report(session.Models);
            return session;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw GeminiErrors.Of(e);
        }
    }
}
