using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>Codex CLI through <c>codex app-server</c>: a process and a private home for each call, one of them warm. Tested with 0.169.0.</summary>
internal sealed class CodexAdapter : ICliAdapter
{
    private readonly CliEnvironment _environment;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CliSessionPool<CodexSession> _pool;
    private readonly Lock _lock = new();
    private (string FileName, long Written, CodexCatalog Catalog)? _catalog;

    public CodexAdapter(CliEnvironment environment, TimeProvider time, ILogger<CodexAdapter> logger)
    {
        _environment = environment;
        _time = time;
        _logger = logger;
        _pool = new CliSessionPool<CodexSession>((_, cancellationToken) => StartAsync(null, cancellationToken), environment.Pool, time, logger);
    }

    public string Provider => Providers.Codex;

    public async Task<CliInfo> DetectAsync(CancellationToken cancellationToken)
    {
        var info = new CliInfo { Provider = Provider, State = CliState.NotInstalled, Hint = CodexCli.InstallHint, Honours = { RequestFeatures.Thinking } };
        if (CodexCli.Find(_environment) is null)
        {
            return info;
        }

        try
        {
            var config = CodexConfig.Read(_environment);
            await using var session = await StartAsync(null, cancellationToken);
            info.Version = session.Version;
            info.Models.Add(await session.ListModelsAsync(cancellationToken));
            await ReadStateAsync(info, config, session, cancellationToken);
        }
        catch (Exception e) when (e is CliFailureException or JsonRpcClosedException or JsonRpcErrorException)
        {
            info.State = e is CliFailureException { Kind: FailureKind.NotLoggedIn } ? CliState.NotLoggedIn : CliState.Unusable;
            info.Hint = e is CliFailureException ? e.Message : CodexErrors.NotStarted(e).Message;
        }

        return info;
    }

    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CliModelId.ThrowIfUnfit(item.Model);

        // 1. Without a login Codex would send the conversation all the same, and its own error would be none.
        var config = CodexConfig.Read(_environment);
        ThrowIfNotLoggedIn(config);

        // 2. A warm process serves every model of its catalog; another model starts one that knows it.
        var catalog = await CatalogAsync(config, cancellationToken);
        var isPooled = catalog.Knows(item.Model);
        var session = isPooled ? await _pool.TakeAsync(config.Stamp, cancellationToken) : await StartAsync(item.Model, cancellationToken);
        try
        {
            // 3. One question, and the process goes.
            await foreach (var next in session.AskAsync(item, _time, cancellationToken))
            {
                yield return next;
            }
        }
        finally
        {
            if (isPooled)
            {
                _pool.Return(config.Stamp, session);
            }
            else
            {
                await session.DisposeAsync();
            }
        }
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private static void ThrowIfNotLoggedIn(CodexConfig config)
    {
        if (config.Login == CodexLogin.None || config.MissingVariable is not null)
        {
            throw CodexErrors.NotLoggedIn(config.MissingVariable);
        }
    }

    private static async Task ReadStateAsync(CliInfo info, CodexConfig config, CodexSession session, CancellationToken cancellationToken)
    {
        info.State = CliState.Ready;
        info.Hint = string.Empty;
        try
        {
            ThrowIfNotLoggedIn(config);
            if (await session.ReadAccountAsync(cancellationToken) is null)
            {
                throw CodexErrors.NotLoggedIn();
            }
        }
        catch (CliFailureException e) when (e.Kind == FailureKind.NotLoggedIn)
        {
            info.State = CliState.NotLoggedIn;
            info.Hint = e.Message;
        }
        catch (JsonRpcErrorException) when (config.Login == CodexLogin.ChatGpt)
        {
            // The tokens are there, ChatGPT's backend is not: a call will tell whether that lasts.
            info.Hint = "Codex CLI is logged in with ChatGPT, which could not be reached to confirm it.";
        }
    }

    /// <param name="model">A model that the catalog need not know; null: none in particular.</param>
    private async Task<CodexSession> StartAsync(string? model, CancellationToken cancellationToken)
    {
        var cli = CodexCli.Find(_environment) ?? throw new CliFailureException(FailureKind.NoCli, CodexCli.InstallHint);
        var config = CodexConfig.Read(_environment);
        var catalog = await CatalogAsync(config, cancellationToken);
        return await CodexSession.StartAsync(cli, config, model is null ? catalog : catalog.With(model), _environment, cancellationToken);
    }

    // Read once for each version of the program.
    private async Task<CodexCatalog> CatalogAsync(CodexConfig config, CancellationToken cancellationToken)
    {
        var cli = CodexCli.Find(_environment) ?? throw new CliFailureException(FailureKind.NoCli, CodexCli.InstallHint);
        var written = File.GetLastWriteTimeUtc(cli.FileName).Ticks;
        (string FileName, long Written, CodexCatalog Catalog)? known;
        lock (_lock)
        {
            known = _catalog;
        }

        if (known is not { } read || read.FileName != cli.FileName || read.Written != written)
        {
            read = (cli.FileName, written, await ReadCatalogAsync(cli, cancellationToken));
            lock (_lock)
            {
                _catalog = read;
            }
        }

        return config.Model is { Length: > 0 } own ? read.Catalog.With(own) : read.Catalog;
    }

    private async Task<CodexCatalog> ReadCatalogAsync(CodexCli cli, CancellationToken cancellationToken)
    {
        try
        {
            return await CodexCatalog.ReadAsync(cli, _environment, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or System.ComponentModel.Win32Exception)
        {
            // The product's own models still work; whether the program does is for the session to say.
            CodexLog.CatalogUnreadable(_logger, e);
            return new CodexCatalog([]);
        }
    }
}
