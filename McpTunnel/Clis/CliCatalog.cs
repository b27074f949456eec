using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>What the CLIs of this machine offer, detected all at once and remembered. Detections never overlap.</summary>
internal sealed class CliCatalog(IEnumerable<ICliAdapter> adapters, TimeProvider time, ILogger<CliCatalog> logger) : IDisposable
{
    /// <summary>A CLI that has not said what it is after this time counts as unusable.</summary>
    public static readonly TimeSpan DetectionLimit = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _detecting = new(1, 1);
    private volatile Catalog? _current;

    /// <summary>Raised after a detection that found something else than the one before. Handlers must be quick and must not throw.</summary>
    public event Action<Catalog>? Changed;

    /// <summary>The last detection; null before the first has ended. Not to be altered.</summary>
    public Catalog? Current => _current;

    /// <summary>The last detection, or the first one when there was none yet.</summary>
    public async Task<Catalog> GetAsync(CancellationToken cancellationToken)
    {
        if (_current is { } known)
        {
            return known;
        }

        await _detecting.WaitAsync(cancellationToken);
        try
        {
            return _current ?? await RefreshAsync(cancellationToken);
        }
        finally
        {
            _detecting.Release();
        }
    }

    /// <summary>Looks anew.</summary>
    public async Task<Catalog> DetectAsync(CancellationToken cancellationToken)
    {
        await _detecting.WaitAsync(cancellationToken);
        try
        {
            return await RefreshAsync(cancellationToken);
        }
        finally
        {
            _detecting.Release();
        }
    }

    public void Dispose() => _detecting.Dispose();

    private async Task<Catalog> RefreshAsync(CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(adapters.Select(adapter => DetectAsync(adapter, cancellationToken)));
        var catalog = new Catalog { Clis = { found } };
        var isNew = !catalog.Equals(_current);
        _current = catalog;
        if (isNew)
        {
            Changed?.Invoke(catalog);
        }

        return catalog;
    }

    private async Task<CliInfo> DetectAsync(ICliAdapter adapter, CancellationToken cancellationToken)
    {
        using var expired = new CancellationTokenSource(DetectionLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        try
        {
            // Not all of a detection need listen to the token: a hanging CLI must not hold up the others.
            return await Task.Run(() => adapter.DetectAsync(either.Token), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            CliCatalogLog.DetectionTooSlow(logger, adapter.Provider, DetectionLimit.TotalSeconds);
            return Unusable(adapter.Provider, $"It did not answer within {DetectionLimit.TotalSeconds:0} s. Start it by hand and see what it says.");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            CliCatalogLog.DetectionFaulted(logger, e, adapter.Provider);
            return Unusable(adapter.Provider, "Its detection failed; the log on stderr says why.");
        }
    }

    private static CliInfo Unusable(string provider, string hint) => new() { Provider = provider, State = CliState.Unusable, Hint = hint };
}
