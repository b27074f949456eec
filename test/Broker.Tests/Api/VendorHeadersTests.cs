using System.Net;
using Polydev.Broker.Tests.Tunnels;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>What each vendor says in headers of all its answers stands on ours too, on errors of every origin as well.</summary>
[TestFixtureSource(typeof(CallShapes), nameof(CallShapes.All))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VendorHeadersTests(string dialect)
{
    private const string Uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync();
        if (dialect == "anthropic")
        {
            // Where no endpoint says it, the caller's headers do.
            _broker.Http.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");
        }
    }

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Answer_WholeOrStreamed_HasThem([Values] bool stream)
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, "Hello");
        var (path, body) = CallShapes.Of(dialect, stream: stream);

        using var response = await _broker.PostAsync(path, body);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        AssertThem(response, isKnown: true);
    }

    [TestCase("no tunnel", HttpStatusCode.ServiceUnavailable)]
    [TestCase("no JSON", HttpStatusCode.BadRequest)]
    [TestCase("no key", HttpStatusCode.Unauthorized)]
    [TestCase("no POST", HttpStatusCode.MethodNotAllowed)]
    [TestCase("no endpoint", HttpStatusCode.NotFound)]
    [TestCase("too large", HttpStatusCode.RequestEntityTooLarge)]
    public async Task Error_OfAnyOrigin_HasThem(string what, HttpStatusCode status)
    {
        var (path, body) = CallShapes.Of(dialect);
        if (what == "no key")
        {
            _broker.Http.DefaultRequestHeaders.Authorization = null;
        }

        using var response = what switch
        {
            "no POST" => await _broker.Http.DeleteAsync(new Uri(path, UriKind.Relative)).DefaultTimeout(),
            "no endpoint" => await _broker.PostAsync($"v9/{path}", body),
            "no JSON" => await _broker.PostAsync(path, "{"),
            "too large" => await _broker.PostAsync(path, new string(' ', 33_000_000)),
            _ => await _broker.PostAsync(path, body),
        };

        Assert.That(response.StatusCode, Is.EqualTo(status));
        AssertThem(response, isKnown: what is not "no key" and not "no endpoint");
    }

    [TestCase("/")]
    [TestCase("/healthz")]
    public async Task BesideTheApi_NothingIsAVendors(string path)
    {
        using var response = await _broker.Http.GetAsync(new Uri(_broker.Addresses.Http, path)).DefaultTimeout();

        Assert.That(response.Headers.Contains("openai-version"), Is.False);
    }

    private void AssertThem(HttpResponseMessage response, bool isKnown)
    {
        // Each vendor's alone.
        var openAi = dialect.StartsWith("openai", StringComparison.Ordinal);
        var (anthropic, google) = (dialect == "anthropic", dialect == "gemini");
        Assert.Multiple(() =>
        {
            Assert.That(Header(response, "openai-version"), Is.EqualTo(openAi ? "2020-10-01" : null));
            Assert.That(Header(response, "openai-processing-ms"), openAi ? Does.Match("^[0-9]+$") : Is.Null);
            Assert.That(Header(response, "x-request-id"), openAi ? Does.Match("^req_[0-9a-f]+$") : Is.Null);
            Assert.That(Header(response, "request-id"), anthropic ? Does.Match("^req_[0-9a-f]+$") : Is.Null);
            Assert.That(Header(response, "anthropic-organization-id"), anthropic && isKnown ? Does.Match(Uuid) : Is.Null);
            Assert.That(Header(response, "server-timing"), google ? Does.Match("^gfet4t7; dur=[0-9]+$") : Is.Null);
        });
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}
