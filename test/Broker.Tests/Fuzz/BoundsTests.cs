using System.Net;
using System.Text;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>
/// One request beyond each bound of a caller's (docs/designs/0003), in each dialect: the error that names the field, while another caller's
/// stream runs beside it undisturbed. And one at the bound, which is read.
/// </summary>
[TestFixtureSource(typeof(CallShapes), nameof(CallShapes.Dialects))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BoundsTests(string dialect)
{
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

    [Test]
    public async Task Requests_BeyondEachBound_AreRefusedByNameBesideAStreamThatGoesOn()
    {
        var (path, body) = CallShapes.Of(dialect, stream: true);
        var streaming = _broker.PostAsync(path, body);
        var item = await _tunnel.NextAsync();
        await _tunnel.SendAsync(item, 1, WorkEvents.Started());
        await _tunnel.SendAsync(item, 2, WorkEvents.Text("begun."));
        using var streamed = await streaming;
        using var reader = new StreamReader(await streamed.Content.ReadAsStreamAsync());
        var (sequence, all) = (2UL, new StringBuilder());

        foreach (var (expected, field, request) in Written.BeyondEachBound(dialect))
        {
            var (status, told) = await SendAsync(request);
            Assert.That(status, Is.EqualTo(expected), $"{field}: {told}");
            Assert.That(told, Does.Contain(CallShapes.ErrorMark(dialect)).And.Contain(field).And.Length.LessThan(3_000));

            var word = $"word{sequence}.";
            await _tunnel.SendAsync(item, ++sequence, WorkEvents.Text(word));
            await ReadToAsync(reader, all, word);
        }

        await _tunnel.SendAsync(item, ++sequence, WorkEvents.Finished(StopReason.EndTurn));
        await ReadToAsync(reader, all, CallShapes.EndMark(dialect));
        Assert.That(sequence, Is.GreaterThan(11), "Each bound was tried.");
    }

    [Test]
    public async Task Request_AtEachBound_IsRead()
    {
        _tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");

        // All bounds at once but those of depth and size, whose other side the suite's bodies are.
        var (path, json) = Written.Body(dialect, messages: 10_000, parts: 50_000, id: 512, name: 256, model: 200, stop: 1_000);
        using var response = await _broker.PostAsync(path, json);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync().DefaultTimeout());
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync((string Path, string Json) request)
    {
        using var response = await _broker.PostAsync(request.Path, request.Json);
        return (response.StatusCode, await response.Content.ReadAsStringAsync().DefaultTimeout());
    }

    private static async Task ReadToAsync(StreamReader reader, StringBuilder all, string mark)
    {
        while (!all.ToString().Contains(mark, StringComparison.Ordinal))
        {
            all.AppendLine(await reader.ReadLineAsync().DefaultTimeout() ?? throw new EndOfStreamException($"No {mark} in:\n{all}"));
        }
    }
}
