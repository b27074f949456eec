using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Claude Code over its stream-json protocol.</summary>
internal sealed class ClaudeAdapter : ICliAdapter
{
    private readonly CliEnvironment _environment;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CliSessionPool<ClaudeSession> _pool;
    private ClaudeCli? _known;

    public ClaudeAdapter(CliEnvironment environment, TimeProvider time, ILogger<ClaudeAdapter> logger)
    {
        _environment = environment;
        _time = time;
        _logger = logger;
        _pool = new CliSessionPool<ClaudeSession>(StartAsync, environment.Pool, time, logger);
    }

    public string Provider => Providers.Claude;

    public async Task<CliInfo> DetectAsync(CancellationToken cancellationToken)
    {
        var info = new CliInfo { Provider = Provider, Honours = { ClaudeSetup.Honours } };
        try
        {
            await ClaudeDetection.FillAsync(info, await FindAsync(cancellationToken), _environment, _time, cancellationToken);
        }
        catch (CliFailureException e)
        {
            info.State = CliState.Unusable;
            info.Hint = e.Message;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            CliLog.DetectionFailed(_logger, Provider, e);
            info.State = CliState.Unusable;
            info.Hint = "Claude Code was found but could not be asked for its state; see the tunnel's log.";
        }

        return info;
    }

    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CliModelId.ThrowIfUnfit(item.Model);
        var cli = await FindAsync(cancellationToken) ?? throw ClaudeErrors.NotInstalled();
        if (cli.IsTooOld)
        {
            throw ClaudeErrors.TooOld(cli);
        }

        var lines = ClaudeHistory.Lines(item);
        var key = cli.TakesModelLate ? string.Empty : item.Model;
        var session = await PrepareAsync(key, item, cancellationToken);
        try
        {
            await foreach (var next in session.AskAsync(lines, cancellationToken))
            {
                yield return next;
            }
        }
        finally
        {
            _pool.Return(key, session);
        }
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    // A process that waited may have died meanwhile; that is seen only now, and nothing was asked yet.
    private async Task<ClaudeSession> PrepareAsync(string key, WorkItem item, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var session = await _pool.TakeAsync(key, cancellationToken);
            try
            {
                await session.PrepareAsync(item, cancellationToken);
                return session;
            }
            catch (Exception e)
            {
                _pool.Return(key, session);
                if (!isFirst || e is not CliFailureException { Kind: FailureKind.CliCrashed })
                {
                    throw;
                }
            }
        }
    }

    private async Task<ClaudeSession> StartAsync(string key, CancellationToken cancellationToken)
    {
        var cli = await FindAsync(cancellationToken) ?? throw ClaudeErrors.NotInstalled();
        return await ClaudeSession.StartAsync(cli, ClaudeLogin.Of(_environment), _environment, key.Length > 0 ? key : null);
    }

    private async Task<ClaudeCli?> FindAsync(CancellationToken cancellationToken)
    {
        var found = await ClaudeCli.FindAsync(_environment, _known, cancellationToken);
        _known = found ?? _known;
        return found;
    }
}
