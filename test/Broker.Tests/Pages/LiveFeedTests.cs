using System.Data;
using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polydev.Broker.Audit;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Live;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;
using Polydev.Broker.Tests.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>How often a live page is read, and what of it is sent.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LiveFeedTests : IAsyncDisposable
{
    private readonly TimerAnnouncingTimeProvider _time = new();
    private readonly NoErrorLogs _logs = new();
    private readonly CountedPage _page = new();
    private readonly CountedSessions _sessions = new();
    private readonly ServiceProvider _services;
    private readonly LiveFeeds _feeds;
    private bool _hasBegun;

    public LiveFeedTests()
    {
        _services = new ServiceCollection().AddLogging(logging => logging.AddProvider(_logs)).BuildServiceProvider();
        _feeds = new LiveFeeds([_page], _sessions, _services, _time, _services.GetRequiredService<ILogger<LiveFeeds>>());
    }

    public async ValueTask DisposeAsync() => await _services.DisposeAsync();

    [Test]
    public async Task TwentyViewers_AreOneQueryASecond()
    {
        var viewers = Enumerable.Range(0, 20).Select(_ => new Viewing(_feeds.Join("counted", ViewerOf())!)).ToList();
        foreach (var viewer in viewers)
        {
            Assert.That((await viewer.NextAsync()).Parts.Keys, Is.EquivalentTo(new[] { "first", "second" }), "all of it at first");
        }

        for (var second = 1; second <= 10; second++)
        {
            _page.First = $"after {second} s";
            await PassASecondAsync();
            foreach (var viewer in viewers)
            {
                Assert.That((await viewer.NextAsync()).Parts["first"], Is.EqualTo($"<p id=\"first\">after {second} s</p>"));
            }

            Assert.That((_page.Reads, _sessions.Reads), Is.EqualTo((second + 1, second + 1)));
        }

        foreach (var viewer in viewers)
        {
            Assert.That(_feeds.Count, Is.EqualTo(1));
            await viewer.DisposeAsync();
        }

        Assert.That(_feeds.Count, Is.Zero);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_page.Reads, Is.EqualTo(11), "nobody looks: nothing is asked");
    }

    [Test]
    public async Task AnEvent_HasOnlyWhatDiffers_AndTellsEachTwoSecondsThatNothingDoes()
    {
        await using var viewer = new Viewing(_feeds.Join("counted", ViewerOf())!);
        await viewer.NextAsync();

        _page.Second = "changed";
        await PassASecondAsync();
        Assert.That((await viewer.NextAsync()).Parts.Keys, Is.EqualTo(new[] { "second" }));

        var beat = viewer.NextAsync();
        await PassASecondAsync();
        await PassASecondAsync();
        Assert.That((await beat).Parts, Is.Empty);
        Assert.That((await beat).At, Is.EqualTo(_time.GetUtcNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)));
        Assert.That(_page.Reads, Is.EqualTo(4), "so the one turn between was silent");
    }

    [Test]
    public async Task ViewersInOtherZones_AreReadOnceAndRenderedApart()
    {
        var berlin = ViewerOf() with { Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") };
        await using var one = new Viewing(_feeds.Join("counted", ViewerOf())!);
        await one.NextAsync();
        await using var other = new Viewing(_feeds.Join("counted", berlin)!);
        _page.First = "news";

        await PassASecondAsync();

        var (inUtc, inBerlin) = (await one.NextAsync(), await other.NextAsync());
        Assert.That(inUtc.Parts.Keys, Is.EqualTo(new[] { "first" }));
        Assert.That(inBerlin.Parts.Keys, Is.EquivalentTo(new[] { "first", "second" }));
        Assert.That(inBerlin.At, Is.Not.EqualTo(inUtc.At));
        Assert.That((_feeds.Count, _page.Reads), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task SignedOut_TheStreamEndsAndOthersGoOn()
    {
        await using var leaving = new Viewing(_feeds.Join("counted", ViewerOf("one"))!);
        await using var staying = new Viewing(_feeds.Join("counted", ViewerOf("two"))!);
        await leaving.NextAsync();
        await staying.NextAsync();

        _sessions.Good.Remove("one");
        _page.First = "news";
        await PassASecondAsync();

        Assert.That(await leaving.HasEndedAsync(), Is.True);
        Assert.That((await staying.NextAsync()).Parts.Keys, Is.EqualTo(new[] { "first" }));
    }

    [Test]
    public async Task NobodyIsSignedInAnyMore_EndsWithoutAReading()
    {
        await using var viewer = new Viewing(_feeds.Join("counted", ViewerOf())!);
        await viewer.NextAsync();
        _sessions.Good.Clear();

        await PassASecondAsync();

        Assert.That(await viewer.HasEndedAsync(), Is.True);
        Assert.That(_page.Reads, Is.EqualTo(1));
    }

    [Test]
    public async Task MoreStreamsThanAnAccountMayHave_AreRefusedUntilOneLeaves()
    {
        var streams = Enumerable.Range(0, LiveFeeds.MostOfAnAccount).Select(_ => _feeds.Join("counted", ViewerOf())!).ToList();

        Assert.That(_feeds.Join("counted", ViewerOf()), Is.Null);
        await streams[0].DisposeAsync();
        streams[0] = _feeds.Join("counted", ViewerOf())!;

        Assert.That(streams[0], Is.Not.Null);
        foreach (var stream in streams)
        {
            await stream.DisposeAsync();
        }
    }

    [Test]
    public async Task TheStoreFails_NothingIsSent_UntilItAnswersAgain()
    {
        await using var viewer = new Viewing(_feeds.Join("counted", ViewerOf())!);
        await viewer.NextAsync();
        var next = viewer.NextAsync();
        _page.Fails = true;
        _page.First = "never shown";
        for (var second = 0; second < 3; second++)
        {
            await PassASecondAsync();
        }

        Assert.That((next.IsCompleted, _page.Reads), Is.EqualTo((false, 4)));
        (_page.Fails, _page.First) = (false, "back");
        await PassASecondAsync();

        Assert.That((await next).Parts["first"], Does.Contain("back"));
    }

    [Test]
    public void Cut_FindsEachPart()
    {
        var html = $"a{LivePart.Begin("one")}<p id=\"one\">&lt;!--part:two--&gt;</p>{LivePart.End}"
            + $"b{LivePart.Begin("two")}\n<b>2</b>{LivePart.End}";

        Assert.That(LivePart.Cut(html), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["one"] = "<p id=\"one\">&lt;!--part:two--&gt;</p>",
            ["two"] = "<b>2</b>",
        }));
        Assert.That(LivePart.Cut("<p>none</p>"), Is.Empty);
    }

    // The clock turns only while the feed waits for it, and then until it has read again.
    private async Task PassASecondAsync()
    {
        if (!_hasBegun)
        {
            await WaitsAsync();
            _hasBegun = true;
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        await WaitsAsync();
    }

    private async Task WaitsAsync() => await _time.Timers.ReadAsync().AsTask().DefaultTimeout();

    private Viewer ViewerOf(string session = "one") => new()
    {
        Now = _time.GetUtcNow(),
        Zone = TimeZoneInfo.Utc,
        Site = "http://127.0.0.1:5080",
        SignedIn = new SignedIn(CountedSessions.SessionOf(session), "Ann"),
    };

    /// <summary>One browser.</summary>
    private sealed class Viewing(LiveStream stream) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<LiveEvent> _events = stream.ReadAsync(CancellationToken.None).GetAsyncEnumerator();

        public async Task<LiveEvent> NextAsync()
        {
            Assert.That(await _events.MoveNextAsync().AsTask().DefaultTimeout(), Is.True, "it has ended");
            return _events.Current;
        }

        public async Task<bool> HasEndedAsync() => !await _events.MoveNextAsync().AsTask().DefaultTimeout();

        public async ValueTask DisposeAsync() => await stream.DisposeAsync();
    }

    private sealed class CountedPage : ILivePage
    {
        private int _reads;

        public string Name => "counted";

        public int Reads => Volatile.Read(ref _reads);

        public string First { get; set; } = "one";

        public string Second { get; set; } = "two";

        public bool Fails { get; set; }

        public Task<PageContent> ReadAsync(string accountId, PageContent? before, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            return Fails
                ? Task.FromException<PageContent>(new DataException("The test's store does not answer."))
                : Task.FromResult(new PageContent(typeof(TwoParts), new Dictionary<string, object?>
                {
                    [nameof(TwoParts.First)] = First,
                    [nameof(TwoParts.Second)] = Second,
                }));
        }
    }

    private sealed class CountedSessions : ISessionStore
    {
        private int _reads;

        public List<string> Good { get; } = ["one", "two"];

        public int Reads => Volatile.Read(ref _reads);

        public static Session SessionOf(string id) => new()
        {
            Id = id,
            AccountId = "ann",
            SecretHash = [],
            Browser = "",
            Address = "",
            CreatedAt = default,
            SeenAt = default,
            ExpiresAt = DateTimeOffset.MaxValue,
        };

        public Task<IReadOnlyList<Session>> ListAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            return Task.FromResult<IReadOnlyList<Session>>([.. Good.Select(SessionOf)]);
        }

        public Task CreateAsync(Session session, AuditEntry entry, CancellationToken cancellationToken) => throw Unasked();

        public Task<Session?> FindAsync(string id, CancellationToken cancellationToken) => throw Unasked();

        public Task NoteSeenAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => throw Unasked();

        public Task<bool> EndAsync(string accountId, string id, DateTimeOffset at, CancellationToken cancellationToken) => throw Unasked();

        public Task<int> EndAllAsync(string accountId, AuditEntry entry, CancellationToken cancellationToken) => throw Unasked();

        private static NotSupportedException Unasked() => new("A feed asks for nothing else.");
    }
}

/// <summary>A page of two parts.</summary>
public sealed class TwoParts : ComponentBase
{
    [Parameter, EditorRequired]
    public string First { get; set; } = null!;

    [Parameter, EditorRequired]
    public string Second { get; set; } = null!;

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenRegion(0);
        Part(builder, "first", First);
        builder.CloseRegion();
        builder.OpenRegion(1);
        Part(builder, "second", Second);
        builder.CloseRegion();
    }

    private static void Part(RenderTreeBuilder builder, string id, string text)
    {
        builder.OpenComponent<Fragment>(0);
        builder.AddComponentParameter(1, nameof(Fragment.Id), id);
        builder.AddComponentParameter(2, nameof(Fragment.ChildContent), (RenderFragment)(inner =>
        {
            inner.OpenElement(0, "p");
            inner.AddAttribute(1, "id", id);
            inner.AddContent(2, text);
            inner.CloseElement();
        }));
        builder.CloseComponent();
    }
}
