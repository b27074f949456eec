using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Live;

/// <summary>
/// One account's page, read again each second while somebody looks, and rendered once for each way of looking: a time zone, an address of
/// the broker. Joined and left under its owner's lock.
/// </summary>
internal sealed partial class LiveFeed : IAsyncDisposable
{
    /// <summary>From the end of one reading to the next.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly string _accountId;
    private readonly ILivePage _page;
    private readonly ISessionStore _sessions;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<LookKey, LiveLook> _looks = [];
    private readonly Task _running;
    private PageContent? _content;
    private bool _isFailing;

    public LiveFeed(
        string accountId, ILivePage page, ISessionStore sessions, IServiceProvider services, TimeProvider time, ILogger logger)
    {
        (_accountId, _page, _sessions, _services, _time, _logger) = (accountId, page, sessions, services, time, logger);
        _running = Task.Run(RunAsync);
    }

    public LiveLook Join(Viewer viewer)
    {
        lock (_lock)
        {
            var key = LookKey.Of(viewer);
            if (!_looks.TryGetValue(key, out var look))
            {
                _looks.Add(key, look = new LiveLook(viewer));
            }

            look.Viewers++;
            return look;
        }
    }

    /// <returns>True: nobody is left.</returns>
    public bool Leave(LiveLook look)
    {
        lock (_lock)
        {
            if (--look.Viewers == 0)
            {
                _looks.Remove(LookKey.Of(look.Viewer));
            }

            return _looks.Count == 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await RefreshAsync();
                await Task.Delay(Period, _time, _ending.Token);
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The last who looked has left.
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            var now = _time.GetUtcNow();
            var good = (await _sessions.ListAsync(_accountId, now, _ending.Token)).Select(session => session.Id).ToHashSet();
            if (good.Count == 0)
            {
                Looks().ForEach(look => look.End(now));
                return;
            }

            var content = _content = await _page.ReadAsync(_accountId, _content, _ending.Token);
            foreach (var look in Looks())
            {
                // To the minute: what is told relative to now is written again each minute, not each second.
                var viewer = look.Viewer with { Now = now - TimeSpan.FromTicks(now.Ticks % TimeSpan.TicksPerMinute) };
                look.Show(now, await Page.RenderPartsAsync(_services, viewer, content), good);
            }

            _isFailing = false;
        }
        catch (Exception e) when (!_ending.IsCancellationRequested)
        {
            // Those who look see the age of what they have, as nothing comes. It is told once, not each second.
            if (!_isFailing)
            {
                NotRefreshed(_logger, e, _page.Name);
            }

            _isFailing = true;
        }
    }

    private List<LiveLook> Looks()
    {
        lock (_lock)
        {
            return [.. _looks.Values];
        }
    }

    [LoggerMessage(EventId = 2801, EventName = "PageNotRefreshed", Level = LogLevel.Warning,
        Message = "The page {Page} could not be kept up to date for who looks at it; it is tried again each second.")]
    private static partial void NotRefreshed(ILogger logger, Exception exception, string page);

    private readonly record struct LookKey(string Zone, bool IsZoneUnknown, string Site)
    {
        public static LookKey Of(Viewer viewer) => new(viewer.Zone.Id, viewer.IsZoneUnknown, viewer.Site);
    }
}
