using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// What the CLIs of this machine offer, detected all at once and remembered. One detection is waited for at a time; one that was given up
/// may still be ending beside the next. Want of an answer takes no working CLI offline: it is asked again.
/// </summary>
internal sealed class CliCatalog : IDisposable, IAsyncDisposable
{
    /// <summary>A CLI that has not said what it is after this time has given no answer.</summary>
    public static readonly TimeSpan DetectionLimit = TimeSpan.FromSeconds(15);

    // A CLI that does not go by itself is killed after a second.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _detecting = new(1, 1);
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = false, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock _publishing = new();
    private readonly List<Task> _detections = [];
    private readonly DetectedCli[] _clis;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile Catalog? _current;

    public CliCatalog(IEnumerable<ICliAdapter> adapters, TimeProvider time, ILogger<CliCatalog> logger)
    {
        (_time, _logger) = (time, logger);
        _clis = [.. adapters.Select(adapter => new DetectedCli(adapter))];
        foreach (var cli in _clis)
        {
            cli.Adapter.News += Heard;
            cli.Adapter.Quota?.Changed += PublishAgain;
        }
    }

    /// <summary>
    /// Raised after a detection that found something else than the one before, and when a vendor's windows or the owner's rules have
    /// changed. Handlers must be quick and must not throw.
    /// </summary>
    public event Action<Catalog>? Changed;

    /// <summary>The last detection, with the vendors' windows; null before the first has ended. Not to be altered.</summary>
    public Catalog? Current => _current;

    /// <summary>The last detection, or the first one when there was none yet.</summary>
    public async Task<Catalog> GetAsync(CancellationToken cancellationToken) =>
        _current ?? await OneByOneAsync(
            () => _current is { } known ? Task.FromResult(known) : RefreshAsync(_clis, cancellationToken), cancellationToken);

    /// <summary>As <see cref="GetAsync"/>, but not while a CLI is being tested: then it waits for the end of that.</summary>
    public async Task<Catalog> GetTestedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Action<Catalog> handler = _ => changed.TrySetResult();
            Changed += handler;
            try
            {
                var catalog = await GetAsync(cancellationToken);
                if (catalog.Clis.All(cli => cli.State != CliState.Testing))
                {
                    return catalog;
                }

                await changed.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                Changed -= handler;
            }
        }
    }

    /// <summary>Waits until an adapter has news that nobody has waited for yet. One caller at a time.</summary>
    public async Task WaitForNewsAsync(CancellationToken cancellationToken) => await _news.Reader.ReadAsync(cancellationToken);

    /// <summary>Looks anew for all.</summary>
    public Task<Catalog> DetectAsync(CancellationToken cancellationToken) =>
        OneByOneAsync(() => RefreshAsync(_clis, cancellationToken), cancellationToken);

    /// <summary>
    /// Looks cheaply, and anew for those only that seem to have changed, or that are not ready: their user has perhaps put that right in a
    /// way that no file shows, such as a login in a keychain. Before the first detection nobody has asked: nothing is done.
    /// </summary>
    public Task LookAsync(CancellationToken cancellationToken) => OneByOneAsync(
        async () =>
        {
            var due = _current is null ? [] : _clis.Where(cli => cli.IsDue(_logger)).ToArray();
            return due.Length > 0 ? await RefreshAsync(due, cancellationToken) : _current;
        },
        cancellationToken);

    /// <summary>
    /// Takes the owner's rules, all of them: they hold from the next call on, until others are told, also while there is no connection.
    /// </summary>
    public void Follow(UsageRules told)
    {
        var rules = UsageRuleBounds.Fit(told);
        foreach (var cli in _clis)
        {
            cli.Adapter.Quota?.Follow(rules.TryGetValue(cli.Adapter.Provider, out var rule)
                ? new QuotaPolicy { AllowsOverage = rule.AllowOverage, ReservePercent = (int)rule.ReservePercent }
                : QuotaPolicy.Default);
        }
    }

    public void Dispose()
    {
        foreach (var cli in _clis)
        {
            cli.Adapter.News -= Heard;
            cli.Adapter.Quota?.Changed -= PublishAgain;
        }

        _detecting.Dispose();
    }

    /// <summary>
    /// Waits for detections that were given up: the process of one is just being ended, and its private folder would stay behind.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        Task ended;
        lock (_detections)
        {
            ended = Task.WhenAll(_detections);
        }

        // What became of them concerns nobody any more.
        await ended.WaitAsync(EndLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Heard() => _news.Writer.TryWrite(true);

    private async Task<T> OneByOneAsync<T>(Func<Task<T>> detect, CancellationToken cancellationToken)
    {
        await _detecting.WaitAsync(cancellationToken);
        try
        {
            return await detect();
        }
        finally
        {
            _detecting.Release();
        }
    }

    private async Task<Catalog> RefreshAsync(DetectedCli[] clis, CancellationToken cancellationToken)
    {
        await Task.WhenAll(clis.Select(cli => DetectAsync(cli, cancellationToken)));
        return Publish();
    }

    // Windows change while nobody looks for CLIs; before the first look there is nothing to put them to.
    private void PublishAgain()
    {
        if (_current is not null)
        {
            Publish();
        }
    }

    // Under its lock whoever listens hears the latest last.
    private Catalog Publish()
    {
        lock (_publishing)
        {
            var catalog = new Catalog { Clis = { _clis.Select(cli => cli.Describe()) } };
            var isNew = !catalog.Equals(_current);
            _current = catalog;
            if (isNew)
            {
                Changed?.Invoke(catalog);
            }

            return catalog;
        }
    }

    private Task<CliInfo> Begun(Task<CliInfo> detection)
    {
        lock (_detections)
        {
            _detections.RemoveAll(other => other.IsCompleted);
            _detections.Add(detection);
        }

        return detection;
    }

    private async Task DetectAsync(DetectedCli cli, CancellationToken cancellationToken)
    {
        using var expired = new CancellationTokenSource(DetectionLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        cli.Remember(_logger);
        try
        {
            // Not all of a detection need listen to the token: a hanging CLI must not hold up the others.
            cli.Answered(await Begun(Task.Run(() => cli.Adapter.DetectAsync(either.Token), either.Token)).WaitAsync(either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            CliLog.DetectionTooSlow(_logger, cli.Adapter.Provider, DetectionLimit.TotalSeconds);
            cli.GaveNoAnswer($"It did not answer within {DetectionLimit.TotalSeconds:0} s. Start it by hand and see what it says.");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            CliLog.DetectionFaulted(_logger, e, cli.Adapter.Provider);
            cli.GaveNoAnswer("Its detection failed; the log on stderr says why.");
        }
    }
}

internal static class CliServices
{
    /// <summary>The catalog that detects all adapters together, and the watcher that keeps it fresh. The adapters add themselves.</summary>
    public static IServiceCollection AddClis(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<CliCatalog>();
        return services.AddHostedService<CliWatcher>();
    }
}
