using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Exchange;
using Polydev.Broker.Keys;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Dialects.Tools;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>A key's windows as its callers meet them, in every dialect.</summary>
[TestFixtureSource(typeof(CallShapes), nameof(CallShapes.All))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QuotaTests(string dialect)
{
    private const int PerHour = 3;

    private readonly TestClock _time = new(new DateTimeOffset(2026, 3, 1, 12, 30, 0, TimeSpan.Zero));
    private readonly ScriptedExchange _exchange = new() { Answer = Whole("hello") };
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync(replace: services => services
            .AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange).AddSingleton<TimeProvider>(_time));
        var request = new CredentialRequest
        {
            Kind = CredentialKind.ApiKey,
            AccountId = Account.OwnerId,
            Name = "limited",
            Limits = new KeyLimits(PerHour, null, 1000),
        };
        var key = await _broker.Services.GetRequiredService<CredentialIssuer>().IssueAsync(request, default);
        _broker.Http.DefaultRequestHeaders.Authorization = new("Bearer", key.Secret.Reveal());
    }

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [TestCase(false)]
    [TestCase(true)]
    public async Task Call_UntilTheHourIsFull_CountsDownAndIsThen429(bool stream)
    {
        for (var left = PerHour - 1; left >= 0; left--)
        {
            using var answer = await CallAsync(stream);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            AssertWindow(answer, left);
        }

        using var refused = await CallAsync(stream);

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        AssertWindow(refused, 0);
        Assert.Multiple(() =>
        {
            Assert.That(refused.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromMinutes(30)));
            Assert.That(refused.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "false" }));
        });
        Assert.That(
            await refused.Content.ReadAsStringAsync(),
            Does.Contain("Rate limit exceeded: the key's 3 calls of this hour are used up until 2026-03-01T13:00:00Z.")
                .And.Contain(CallShapes.ErrorMark(dialect)));

        _time.Advance(TimeSpan.FromMinutes(30));
        using var next = await CallAsync(stream);
        Assert.That(next.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        AssertWindow(next, PerHour - 1, reset: "1h0m0s", at: "2026-03-01T14:00:00Z");
    }

    [Test]
    public async Task Call_ResetWithinTheMinute_IsWorthRetrying()
    {
        _time.Advance(TimeSpan.FromSeconds((29 * 60) + 15.5));
        for (var call = 0; call < PerHour; call++)
        {
            (await CallAsync()).Dispose();
        }

        using var refused = await CallAsync();

        Assert.That(refused.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(45)));
        Assert.That(refused.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "true" }));
    }

    [Test]
    public async Task Call_ThatNoCliHasBegun_IsNotCounted()
    {
        _exchange.IsOnline = false;
        using (var offline = await CallAsync())
        {
            Assert.That(offline.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            AssertWindow(offline, PerHour);
        }

        _exchange.IsOnline = true;
        using (var unread = await _broker.PostAsync(CallShapes.Of(dialect).Path, "{"))
        {
            Assert.That(unread.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            AssertWindow(unread, PerHour);
        }

        foreach (var kind in (FailureKind[])[FailureKind.NoCli, FailureKind.NotLoggedIn, FailureKind.LockBroken, FailureKind.Busy])
        {
            _exchange.Answer = [WorkEvents.Started(), WorkEvents.Failed(kind, "It did not begin.")];
            using var failed = await CallAsync();
            Assert.That(failed.IsSuccessStatusCode, Is.False);
            AssertWindow(failed, PerHour);
        }

        _exchange.Answer = [WorkEvents.Failed(FailureKind.RateLimited, "Its window is used up.")];
        using var first = await CallAsync();
        AssertWindow(first, PerHour);
    }

    [Test]
    public async Task Call_ThatFailsInTheCli_IsCounted()
    {
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Failed(FailureKind.Overloaded, "The vendor is overloaded.")];

        using var failed = await CallAsync();

        AssertWindow(failed, PerHour - 1);
    }

    [Test]
    public async Task Call_ThatFailsAfterSomeText_IsCountedWhateverItFailsOf([Values] FailureKind kind)
    {
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("half"), WorkEvents.Failed(kind, "It ended.")];

        (await CallAsync()).Dispose();

        using var status = await _broker.Http.GetAsync("status").DefaultTimeout();
        AssertWindow(status, PerHour - 1);
    }

    [Test]
    public async Task Call_WhoseCallerLeavesAtOnce_IsCounted()
    {
        _exchange.Answer = null;
        var (path, body) = CallShapes.Of(dialect);
        using var leaving = new CancellationTokenSource();
        var calling = _broker.PostAsync(path, body, leaving.Token);
        var work = await _exchange.NextAsync();

        await leaving.CancelAsync();
        await work.LeftAsync();

        Assert.That(async () => await calling, Throws.InstanceOf<OperationCanceledException>());
        using var status = await _broker.Http.GetAsync("status").DefaultTimeout();
        AssertWindow(status, PerHour - 1);
    }

    [Test]
    public async Task OtherAnswers_TellTheWindowToo()
    {
        (await CallAsync()).Dispose();

        foreach (var path in (string[])["models", "models/none", "status"])
        {
            using var answer = await _broker.Http.GetAsync(path).DefaultTimeout();
            AssertWindow(answer, PerHour - 1);
        }
    }

    [Test]
    public async Task Status_TellsEachWindow()
    {
        (await CallAsync()).Dispose();

        using var status = JsonDocument.Parse(await _broker.Http.GetStringAsync("status").DefaultTimeout());

        var windows = status.RootElement.GetProperty("limits").EnumerateArray().Select(window => window.GetRawText()).ToList();
        Assert.That(windows, Is.EqualTo(new[]
        {
            """{"window":"hour","used":1,"limit":3,"remaining":2,"resets_at":"2026-03-01T13:00:00+00:00"}""",
            """{"window":"day","used":1,"limit":null,"remaining":null,"resets_at":"2026-03-02T00:00:00+00:00"}""",
            """{"window":"month","used":1,"limit":1000,"remaining":999,"resets_at":"2026-04-01T00:00:00+00:00"}""",
            """{"window":"account_month","used":1,"limit":null,"remaining":null,"resets_at":"2026-04-01T00:00:00+00:00"}""",
        }));
    }

    [Test]
    public async Task Call_WithToolsThatTheCliDoesNotTake_IsRefusedBeforeItIsCounted()
    {
        var (path, body) = ToolLoop.First(dialect.Replace("openai-", string.Empty), stream: false, "claude-opus-4-6");
        using var refused = await _broker.PostAsync(path, body);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        AssertWindow(refused, PerHour);

        using var next = await CallAsync();

        AssertWindow(next, PerHour - 1);
    }

    private static WorkEvent[] Whole(string text) => [WorkEvents.Started(), WorkEvents.Text(text), WorkEvents.Finished(StopReason.EndTurn)];

    private static void AssertWindow(HttpResponseMessage answer, int left, string reset = "30m0s", string at = "2026-03-01T13:00:00Z") =>
        Assert.That(
            (string[])
            [
                .. new[] { "limit", "remaining", "reset" }.Select(what => One(answer, $"x-ratelimit-{what}-requests")),
                .. new[] { "limit", "remaining", "reset" }.Select(what => One(answer, $"anthropic-ratelimit-requests-{what}")),
            ],
            Is.EqualTo(new[] { $"{PerHour}", $"{left}", reset, $"{PerHour}", $"{left}", at }));

    private static string One(HttpResponseMessage answer, string header) =>
        answer.Headers.TryGetValues(header, out var values) ? values.Single() : "none";

    private async Task<HttpResponseMessage> CallAsync(bool stream = false)
    {
        var (path, body) = CallShapes.Of(dialect, stream: stream);
        var answer = await _broker.PostAsync(path, body);
        await answer.Content.LoadIntoBufferAsync().DefaultTimeout();
        return answer;
    }
}
