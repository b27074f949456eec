using System.Net;
using System.Text;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>What callers send beyond the bounds (docs/designs/0003) takes no more of the machine than the design says.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MemoryTests
{
    private const double MostMegabytes = 300;

    // Four of these fill what bodies may take at once (LimitOptions.BodyBytes).
    private const int LargeBody = 31_000_000;
    private const int LargeBodies = 4;

    private Stack _stack = null!;

    [SetUp]
    public async Task SetUp()
    {
        _stack = await Stack.StartBrokerOnlyAsync();
        _stack.WithoutClis();
        await _stack.StartTunnelAsync();
    }

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Requests_BeyondEachBound_StayBelow300MegabytesAtBothEnds()
    {
        using var client = _stack.CreateClient();
        foreach (var dialect in Written.Dialects)
        {
            foreach (var (status, field, (path, json)) in Written.BeyondEachBound(dialect))
            {
                using var response = await client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
                Assert.That(response.StatusCode, Is.EqualTo(status), $"{dialect}: {field}");
            }
        }

        AssertPeaks();
    }

    [Test]
    public async Task Bodies_MoreThanMayBeReadAtOnce_StayBelow300Megabytes()
    {
        using var client = _stack.CreateClient();
        using var gone = new CancellationTokenSource();
        var unfinished = Enumerable.Range(0, LargeBodies).Select(_ => new UnfinishedBody(LargeBody)).ToList();
        var uploads = unfinished.ConvertAll(body => client.PostAsync("chat/completions", body, gone.Token));
        await Task.WhenAll(unfinished.Select(body => body.AllButItsEnd)).DefaultTimeout();

        var (path, json) = Written.Body("openai-chat", text: LargeBody);
        using var refused = await client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await refused.Content.ReadAsStringAsync(), Does.Contain("128 MB"));
        Assert.That(uploads.Any(upload => upload.IsCompleted), Is.False);
        AssertPeaks();

        await gone.CancelAsync();
        Assert.That(async () => await Task.WhenAll(uploads), Throws.InstanceOf<OperationCanceledException>());
    }

    private void AssertPeaks()
    {
        var (broker, tunnel) = (ProcessFigures.PeakMegabytes(_stack.Broker.Id), ProcessFigures.PeakMegabytes(_stack.Tunnel.Id));
        TestContext.Out.WriteLine($"Peaks: broker {broker:F0} MB, tunnel {tunnel:F0} MB.");
        Assert.Multiple(() =>
        {
            Assert.That(broker, Is.LessThan(MostMegabytes));
            Assert.That(tunnel, Is.LessThan(MostMegabytes));
        });
    }

    /// <summary>A body of which the last byte never comes.</summary>
    private sealed class UnfinishedBody(int length) : HttpContent
    {
        private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task AllButItsEnd => _sent.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[length - 1], cancellationToken);
            await stream.FlushAsync(cancellationToken);
            _sent.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        protected override bool TryComputeLength(out long bytes)
        {
            bytes = length;
            return true;
        }
    }
}
