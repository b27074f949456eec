using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Shared.Tokens;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>Whoever tries keys is slowed down, and nobody else.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KeyThrottleTests
{
    private const int MostAMinute = 60;

    private readonly TestClock _time = new();
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() =>
        _broker = await RunningBroker.StartAsync(replace: services => services.AddSingleton<TimeProvider>(_time));

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task WrongKeys_Many_AreThrottledInTheDialectAndAGoodOneIsNot(
        [ValueSource(typeof(CallShapes), nameof(CallShapes.All))] string dialect)
    {
        using var wrong = new HttpClient { BaseAddress = _broker.Http.BaseAddress };
        wrong.DefaultRequestHeaders.Authorization = new("Bearer", SecretToken.Create(TokenPrefixes.ApiKey).Reveal());
        for (var tries = 0; tries < MostAMinute; tries++)
        {
            using var answer = await PostAsync(wrong, dialect);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        using var refused = await PostAsync(wrong, dialect);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter?.ToString(), Is.EqualTo("60"));
        Assert.That(await refused.Content.ReadAsStringAsync(), Does.Contain(CallShapes.ErrorMark(dialect)));

        using var good = await _broker.Http.GetAsync("models").DefaultTimeout();
        Assert.That(good.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        _time.Advance(TimeSpan.FromMinutes(1));
        using var later = await PostAsync(wrong, dialect);
        Assert.That(later.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    // A client that has none is told so each time: nothing is tried.
    [Test]
    public async Task NoKey_Many_AreToldSo()
    {
        using var none = new HttpClient { BaseAddress = _broker.Http.BaseAddress };
        for (var tries = 0; tries <= MostAMinute; tries++)
        {
            using var answer = await PostAsync(none, "openai-chat");
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string dialect)
    {
        var (path, body) = CallShapes.Of(dialect);
        using var content = new StringContent(body, null, "application/json");
        return await client.PostAsync(path, content).DefaultTimeout();
    }
}
