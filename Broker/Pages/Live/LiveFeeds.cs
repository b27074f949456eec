using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Live;

/// <summary>
/// What keeps pages up to date: one feed for each account and page that somebody looks at, begun by the first who does and ended by the
/// last, so that the store is asked the same however many look.
/// </summary>
internal sealed class LiveFeeds(
    IEnumerable<ILivePage> pages, ISessionStore sessions, IServiceProvider services, TimeProvider time, ILogger<LiveFeeds> logger)
{
    /// <summary>Streams of one account at once, over all its pages.</summary>
    public const int MostOfAnAccount = 50;

    private readonly Dictionary<string, ILivePage> _pages = pages.ToDictionary(page => page.Name, StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string AccountId, string Page), LiveFeed> _feeds = [];
    private readonly Dictionary<string, int> _streams = new(StringComparer.Ordinal);

    /// <summary>Feeds that run.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _feeds.Count;
            }
        }
    }

    public bool Has(string page) => _pages.ContainsKey(page);

    /// <summary>Null where the account has as many streams as it may. Whoever joins leaves by disposing.</summary>
    public LiveStream? Join(string page, Viewer viewer)
    {
        var key = (viewer.AccountId, page);
        lock (_lock)
        {
            var streams = _streams.GetValueOrDefault(viewer.AccountId);
            if (streams >= MostOfAnAccount)
            {
                return null;
            }

            _streams[viewer.AccountId] = streams + 1;
            if (!_feeds.TryGetValue(key, out var feed))
            {
                _feeds.Add(key, feed = new LiveFeed(viewer.AccountId, _pages[page], sessions, services, time, logger));
            }

            var look = feed.Join(viewer);
            return new LiveStream(look, viewer, () => LeaveAsync(key, feed, look));
        }
    }

    private async ValueTask LeaveAsync((string AccountId, string Page) key, LiveFeed feed, LiveLook look)
    {
        bool isOver;
        lock (_lock)
        {
            if (--_streams[key.AccountId] == 0)
            {
                _streams.Remove(key.AccountId);
            }

            isOver = feed.Leave(look);
            if (isOver)
            {
                _feeds.Remove(key);
            }
        }

        if (isOver)
        {
            await feed.DisposeAsync();
        }
    }
}
