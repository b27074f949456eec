using System.Net;
using System.Text;
using Polydev.Broker.Api.Bodies;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>
/// What callers send beyond the bounds (docs/designs/0003) takes no more of the machine than the design says, and disturbs nobody else.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MemoryTests
{
    // Four of these fill what bodies may take at once (LimitOptions.BodyBytes).
    private const int LargeBody = 31_000_000;
    private const int LargeBodies = 4;

    private BoundsRig _rig = null!;

    [SetUp]
    public async Task SetUp() => _rig = await BoundsRig.StartAsync();

    [TearDown]
    public async Task TearDown() => await _rig.DisposeAsync();

    [Test]
    public async Task Requests_BeyondEachBound_StayBelow300MegabytesAtBothEnds()
    {
        foreach (var dialect in Written.Dialects)
        {
            foreach (var (expected, field, (path, json)) in Written.BeyondEachBound(dialect))
            {
                var (status, told) = await _rig.AskAsync(path, json);
                Assert.That(status, Is.EqualTo(expected), $"{dialect}: {field}");
                Assert.That(told, Does.Contain(field));
                await _rig.GoOnAsync();
            }
        }

        await _rig.AssertUndisturbedAsync();
    }

    [Test]
    public async Task Body_OfMoreValuesThanMayBe_StaysBelow300Megabytes()
    {
        var many = new StringBuilder("{\"a\":[", 2 * RequestReader.MaxTokens);
        many.Insert(many.Length, "1,", RequestReader.MaxTokens).Append("1]}");

        var (status, told) = await _rig.AskAsync("chat/completions", many.ToString());

        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(told, Does.Contain("5000000 JSON values"));
        await _rig.AssertUndisturbedAsync();
    }

    [Test]
    public async Task Bodies_MoreThanMayBeReadAtOnce_StayBelow300Megabytes()
    {
        using var client = _rig.Stack.CreateClient();
        using var gone = new CancellationTokenSource();
        var unfinished = Enumerable.Range(0, LargeBodies).Select(_ => new UnfinishedBody(LargeBody)).ToList();
        var uploads = unfinished.ConvertAll(body => client.PostAsync("chat/completions", body, gone.Token));
        await Task.WhenAll(unfinished.Select(body => body.AllButItsEnd)).DefaultTimeout();

        var (path, json) = Written.Body("openai-chat", text: LargeBody);
        var (status, told) = await _rig.AskAsync(path, json);

        Assert.That(status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(told, Does.Contain("128 MB"));
        Assert.That(uploads.Any(upload => upload.IsCompleted), Is.False);
        await _rig.AssertUndisturbedAsync();

        await gone.CancelAsync();
        Assert.That(async () => await Task.WhenAll(uploads), Throws.InstanceOf<OperationCanceledException>());
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
