using System.Net;
using Polydev.Broker.Tests.Api;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>
/// A tunnel that passes on a tool call whose arguments are no JSON object, which ours does not: the dialect's error, before or after the
/// stream has begun, and the tunnel goes on.
/// </summary>
[TestFixtureSource(typeof(CallShapes), nameof(CallShapes.Dialects))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BrokenToolCallTests(string dialect)
{
    private static readonly string Deep = $"{{\"a\":{new string('[', 5_000)}{new string(']', 5_000)}}}";

    private RunningBroker _broker = null!;
    private FakeTunnel _tunnel = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync();
        _tunnel = await _broker.ConnectTunnelAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _tunnel.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [TestCase("{\"city\":\"Oslo", false)]
    [TestCase("[\"Oslo\"]", false)]
    [TestCase("{}}", true)]
    [TestCase(null, false)]
    [TestCase(null, true)]
    public async Task Answer_ArgumentsAreNoObject_IsABadGateway(string? arguments, bool afterText)
    {
        using var response = await AskAsync(stream: false, arguments ?? Deep, afterText);

        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway), body);
        Assert.That(body, Does.Contain(CallShapes.ErrorMark(dialect)).And.Contain("not a JSON object").And.Not.Contain("Oslo"));
    }

    [TestCase("{\"city\":\"Oslo")]
    [TestCase("[\"Oslo\"]")]
    [TestCase(null)]
    public async Task Stream_ArgumentsAreNoObject_EndsInTheDialectsError(string? arguments)
    {
        using var response = await AskAsync(stream: true, arguments ?? Deep, afterText: true);

        var stream = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), stream);
        Assert.That(stream, Does.Contain("begun").And.Contain("not a JSON object").And.Not.Contain(CallShapes.EndMark(dialect)));
        Assert.That(stream, Does.EndWith("\n\n"), "No frame is cut.");
    }

    // And a next call is answered by the same tunnel.
    private async Task<HttpResponseMessage> AskAsync(bool stream, string arguments, bool afterText)
    {
        var (path, body) = CallShapes.Of(dialect, stream: stream);
        _tunnel.Answer = item => Events(afterText, arguments).Select((next, index) => Frames.Event(item.WorkId, (ulong)index + 1, next));
        var response = await _broker.PostAsync(path, body);
        _tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");
        Assert.That((await _broker.PostAsync(path, body)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return response;
    }

    private static IEnumerable<WorkEvent> Events(bool afterText, string arguments) =>
    [
        WorkEvents.Started(),
        .. afterText ? (WorkEvent[])[WorkEvents.Text("begun")] : [],
        WorkEvents.ToolCallStarted("c", "weather"),
        WorkEvents.ToolCallArguments("c", arguments),
        WorkEvents.ToolCallFinished("c"),
        WorkEvents.Finished(StopReason.ToolUse),
    ];
}
