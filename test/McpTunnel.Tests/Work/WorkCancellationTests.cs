using Polydev.McpTunnel.Work;

namespace Polydev.McpTunnel.Tests.Work;

public sealed class WorkCancellationTests
{
    [Test]
    public void DisposeAsync_CallbackThrew_LetsGoOfTheSourceAllTheSame()
    {
        var cancellation = new WorkCancellation(CancellationToken.None);
        using var callback = cancellation.Token.Register(() => throw new InvalidOperationException("no"));
        cancellation.Cancel();

        Assert.That(async () => await cancellation.DisposeAsync(), Throws.InstanceOf<AggregateException>());
        Assert.That(() => cancellation.Token, Throws.InstanceOf<ObjectDisposedException>());
    }
}
