using System.Net;
using System.Text.Json;
using Polydev.Broker.Tests.Api;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Hosting;

/// <summary>A page whose name was turned to this machine (DNS rebinding) hears nothing from a broker on loopback.</summary>
public sealed class HostFilterTests
{
    [TestCase("GET", "/api/v1/models", "")]
    [TestCase("POST", "/api/v1/chat/completions", "")]
    [TestCase("POST", "/api/v1/messages", "error")]
    [TestCase("GET", "/", "")]
    [TestCase("GET", "/.well-known/polydev", "")]
    public async Task Send_AHostOfAnother_IsRefusedInTheDialectsWords(string method, string path, string type)
    {
        await using var broker = await RunningBroker.StartAsync();

        using var response = await SendAsync(broker, method, path, "evil.example:5080");

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync().DefaultTimeout());
        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(body.RootElement.GetProperty("error").GetProperty("message").GetString(), Does.Contain("--public-url"));
            Assert.That(body.RootElement.TryGetProperty("type", out var found) ? found.GetString() : "", Is.EqualTo(type));
        });
    }

    [Test]
    public async Task Send_AHostOfAnotherAsIfByATunnel_IsRefusedToo()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, broker.Addresses.Http) { Headers = { Host = "evil.example" } };
        request.Content = new ByteArrayContent([]) { Headers = { { "Content-Type", "application/grpc" } } };

        using var response = await broker.Http.SendAsync(request).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("localhost")]
    [TestCase("LOCALHOST:1")]
    [TestCase("127.0.0.1:99")]
    [TestCase("[::1]:5080")]
    [TestCase("broker.example")]
    public async Task Send_AHostOfThisMachineOrThePublicOne_IsAnswered(string host)
    {
        await using var broker = await RunningBroker.StartAsync(options => options with { PublicUrl = new Uri("https://broker.example") });

        using var response = await SendAsync(broker, "GET", "/api/v1/models", host);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Send_AnyHostToABrokerOnAllAddresses_IsAnsweredAndToldItself()
    {
        await using var broker = await RunningBroker.StartAsync(options => options with
        {
            Http = new Uri("http://0.0.0.0:0"),
            Grpc = new Uri("http://0.0.0.0:0"),
            Insecure = true,
        });

        using var response = await SendAsync(broker, "GET", "/.well-known/polydev", $"desk.lan:{broker.Addresses.Http.Port}");

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync().DefaultTimeout());
        Assert.Multiple(() =>
        {
            Assert.That(body.RootElement.GetProperty("grpc").GetString(), Is.EqualTo($"http://desk.lan:{broker.Addresses.Grpc.Port}"));
            Assert.That(
                body.RootElement.GetProperty("api").GetString(), Is.EqualTo($"http://desk.lan:{broker.Addresses.Http.Port}/api/v1"));
        });
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningBroker broker, string method, string path, string host)
    {
        var address = new UriBuilder(broker.Addresses.Http) { Host = "127.0.0.1", Path = path }.Uri;
        using var request = new HttpRequestMessage(new HttpMethod(method), address) { Headers = { Host = host } };
        return await broker.Http.SendAsync(request).DefaultTimeout();
    }
}
