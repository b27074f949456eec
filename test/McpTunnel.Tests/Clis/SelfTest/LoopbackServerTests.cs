using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.SelfTest;

internal sealed class LoopbackServerTests
{
    private readonly ConcurrentQueue<LoopbackRequest> _seen = new();
    private readonly HttpClient _client = new();
    private Func<LoopbackRequest, LoopbackResponse?> _answer = null!;
    private LoopbackServer _server = null!;

    [SetUp]
    public void SetUp()
    {
        _seen.Clear();
        _answer = _ => LoopbackResponse.Events("data: é\n\n");
        _server = LoopbackServer.Start(request =>
        {
            _seen.Enqueue(request);
            return _answer(request);
        });
    }

    [TearDown]
    public async Task TearDownAsync() => await _server.DisposeAsync();

    [OneTimeTearDown]
    public void OneTimeTearDown() => _client.Dispose();

    [TestCase(false)]
    [TestCase(true)]
    public async Task Post_WithItsLengthOrInChunks_IsReadAndAnsweredWhole(bool isChunked)
    {
        var text = new string('x', 200_000);
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{_server.Address}/v1/messages?beta=true")
        {
            Content = new StringContent(text),
        };
        message.Headers.TransferEncodingChunked = isChunked;

        using var response = await _client.SendAsync(message).DefaultTimeout();

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("data: é\n\n"));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        var request = _seen.Single();
        Assert.That((request.Method, request.Path, request.Resource), Is.EqualTo(("POST", "/v1/messages?beta=true", "/v1/messages")));
        Assert.That(request.BodyText, Is.EqualTo(text));
    }

    [Test]
    public async Task AnyRequest_WithoutTheSecretPath_ReachesNobody()
    {
        var address = new Uri(_server.Address);
        foreach (var path in new[] { "/", "/v1/messages", address.AbsolutePath, $"/{new string('0', 32)}/v1/messages" })
        {
            using var response = await _client.PostAsJsonAsync(new Uri(address, path), "x").DefaultTimeout();
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        }

        Assert.That(_seen, Is.Empty);
        Assert.That(address.Host, Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task Head_HasNoBody()
    {
        using var message = new HttpRequestMessage(HttpMethod.Head, $"{_server.Address}/");

        using var response = await _client.SendAsync(message).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("nonsense\r\n\r\n")]
    [TestCase("POST /x HTTP/1.1\r\nContent-Length: many\r\n\r\n")]
    [TestCase("POST /x HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")]
    [TestCase("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task BrokenRequest_CostsItsConnectionOnly(string sent)
    {
        using (var broken = new TcpClient())
        {
            await broken.ConnectAsync(IPAddress.Loopback, new Uri(_server.Address).Port);
            await broken.GetStream().WriteAsync(Encoding.ASCII.GetBytes(sent));
            Assert.That(await broken.GetStream().ReadAsync(new byte[1]).AsTask().DefaultTimeout(), Is.Zero);
        }

        using var response = await _client.GetAsync($"{_server.Address}/x").DefaultTimeout();
        Assert.That(response.IsSuccessStatusCode, Is.True);
    }

    [Test]
    public async Task Unanswered_EndsWithTheServer()
    {
        var reached = new TaskCompletionSource();
        _answer = _ =>
        {
            reached.TrySetResult();
            return null;
        };
        var waiting = _client.GetAsync($"{_server.Address}/x");
        await reached.Task.DefaultTimeout();

        await _server.DisposeAsync().AsTask().DefaultTimeout();

        Assert.That(async () => await waiting.DefaultTimeout(), Throws.InstanceOf<HttpRequestException>());
        _server = LoopbackServer.Start(_ => null);
    }
}
