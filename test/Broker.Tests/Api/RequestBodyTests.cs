using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Conversations;
using Polydev.Broker.Exchange;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>Bodies as they may arrive: with and without a length, in pieces, large, with a byte order mark.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RequestBodyTests
{
    private readonly ScriptedExchange _exchange = new() { Answer = [WorkEvents.Started(), WorkEvents.Finished(StopReason.EndTurn)] };
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync(replace: services =>
        services.AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange));

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [TestCase(10, false)]
    [TestCase(10, true)]
    [TestCase(16 * 1024, true)]
    [TestCase(1_000_000, false)]
    [TestCase(1_000_000, true)]
    [TestCase(2 * 1024 * 1024, false)]
    [TestCase(5_000_000, false)]
    [TestCase(5_000_000, true)]
    public async Task Body_OfAnySize_ArrivesWhole(int length, bool isChunked)
    {
        var text = string.Create(length, length, (target, _) =>
        {
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = (char)('a' + (i % 23));
            }
        });
        using var content = Content($$"""{"model":"claude-opus-4-6","messages":[{"role":"user","content":"{{text}}"}]}""");

        var received = await SendAsync(content, isChunked);

        Assert.That(received, Is.EqualTo(text));
    }

    [Test]
    public async Task Body_WithAByteOrderMark_IsRead()
    {
        using var content = Content("\uFEFF" + """{"model":"claude-opus-4-6","messages":[{"role":"user","content":"hi"}]}""");

        Assert.That(await SendAsync(content, isChunked: false), Is.EqualTo("hi"));
    }

    [Test]
    public async Task Body_Over32MegabytesWithoutALength_Is413()
    {
        using var content = new ByteArrayContent(new byte[33_000_000]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "chat/completions") { Content = content };
        request.Headers.TransferEncodingChunked = true;

        using var response = await _broker.Http.SendAsync(request).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task Body_ThatComesToMoreThanATunnelTakes_Is413()
    {
        // The calls have no results, and are given some, which repeat ids and names.
        var name = new string('f', RequestBounds.ToolName);
        var calls = Enumerable.Range(0, 24_000)
            .Select(index => $$$"""{"functionCall":{"id":"{{{$"{index}".PadLeft(RequestBounds.ToolId)}}}","name":"{{{name}}}"}}""");
        var text = new string('x', 12_000_000);
        using var content = Content($$"""{"contents":[{"role":"model","parts":[{{string.Join(',', calls)}}]},"{{text}}"]}""");

        using var response = await _broker.Http.PostAsync("v1beta/models/claude-opus-4-6:generateContent", content).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    private static ByteArrayContent Content(string json) =>
        new(Encoding.UTF8.GetBytes(json)) { Headers = { ContentType = new("application/json") } };

    /// <summary>The text that reaches the tunnel.</summary>
    private async Task<string> SendAsync(HttpContent content, bool isChunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "chat/completions") { Content = content };
        request.Headers.TransferEncodingChunked = isChunked;
        using var response = await _broker.Http.SendAsync(request).DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return (await _exchange.NextAsync()).Item.Messages.Single().Parts.Single().Text.Text;
    }
}
