using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Notices that a CLI was installed, logged in or updated, while the process lives and whether or not a tunnel is connected. It looks at a
/// few files every two minutes and starts a CLI only where that shows a change: a person's idle machine is left alone. What an adapter
/// tells by itself, such as the end of a self-test, it looks at once.
/// </summary>
internal sealed class CliWatcher(CliCatalog catalog, TimeProvider time) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(2);

    private readonly PeriodicTimer _timer = new(Interval, time);

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(LookNowAndThenAsync(stoppingToken), LookAtNewsAsync(stoppingToken));

    private async Task LookNowAndThenAsync(CancellationToken stop)
    {
        while (await _timer.WaitForNextTickAsync(stop))
        {
            await catalog.LookAsync(stop);
        }
    }

    private async Task LookAtNewsAsync(CancellationToken stop)
    {
        while (true)
        {
            await catalog.WaitForNewsAsync(stop);
            await catalog.LookAsync(stop);
        }
    }
}

/// <summary>
/// One CLI in the <see cref="CliCatalog"/>: what it last answered, and how its files looked just before. Used by one detection at a time.
/// </summary>
internal sealed class DetectedCli(ICliAdapter adapter)
{
    /// <summary>In looks: 16 minutes.</summary>
    private const int MostPatience = 8;

    private string _look = string.Empty;
    private int _patience = 1;
    private int _waited;

    // A detection was begun that has told nothing since, whatever ended it.
    private bool _owesAnswer;

    // The last answer, or want of one, was a fault: one alone takes no working CLI offline.
    private bool _hasFaulted;

    public ICliAdapter Adapter { get; } = adapter;

    public CliInfo? Info { get; private set; }

    /// <summary>What it last answered, with what its vendor has told since. Once it has answered.</summary>
    public CliInfo Describe()
    {
        var info = Info!.Clone();
        Adapter.Quota?.Describe(info);
        return info;
    }

    /// <summary>Before a detection: what changes while it runs is then seen by the next look.</summary>
    public void Remember(ILogger logger) => (_look, _owesAnswer) = (Look(logger), true);

    /// <summary>
    /// A full disk, too little memory or a killed process look like a broken CLI: a working one is asked again before that is believed.
    /// </summary>
    public void Answered(CliInfo info)
    {
        if (info.State == CliState.Unusable && Info is { State: CliState.Ready } && !_hasFaulted)
        {
            _hasFaulted = true;
            return;
        }

        (Info, _owesAnswer, _hasFaulted) = (info, false, false);
        if (info.State == CliState.Ready)
        {
            (_patience, _waited) = (1, 0);
        }
    }

    /// <summary>What was known before stands; a CLI of which nothing was known is unusable.</summary>
    public void GaveNoAnswer(string hint)
    {
        _hasFaulted = true;
        Info ??= new CliInfo { Provider = Adapter.Provider, State = CliState.Unusable, Hint = hint };
    }

    /// <summary>
    /// True where a detection may find something else. One that waits for its user, or owes an answer, is asked after 2 minutes, then ever
    /// more rarely.
    /// </summary>
    public bool IsDue(ILogger logger)
    {
        if (Look(logger) != _look)
        {
            (_patience, _waited) = (1, 0);
            return true;
        }

        if ((Info is { State: CliState.Ready } && !_owesAnswer) || ++_waited < _patience)
        {
            return false;
        }

        (_patience, _waited) = (Math.Min(_patience * 2, MostPatience), 0);
        return true;
    }

    private string Look(ILogger logger)
    {
        try
        {
            return Adapter.Look();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            CliLog.LookFailed(logger, e, Adapter.Provider);
            return _look;
        }
    }
}
