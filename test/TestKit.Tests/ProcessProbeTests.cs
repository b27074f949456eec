using System.Diagnostics;

namespace Polydev.TestKit.Tests;

[Platform("Linux")]
public sealed class ProcessProbeTests
{
    [Test]
    public async Task AssertGone_ChildRuns_FailsAndNamesIt()
    {
        var marker = Guid.NewGuid().ToString("N");
        using var child = Start(marker);
        try
        {
            Assert.That(ProcessProbe.DescendantsOf(Environment.ProcessId).Select(process => process.Id), Does.Contain(child.Id));
            Assert.That(ProcessProbe.WithMarker(marker).Select(process => process.Id), Is.EqualTo(new[] { child.Id }));

            var failure = await Failures.OfAsync(
                () => ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(marker), TimeSpan.FromMilliseconds(50)));

            Assert.That(failure, Does.Contain("sleep"));
        }
        finally
        {
            child.Kill();
        }

        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(marker), TimeSpan.FromSeconds(10));
        Assert.That(ProcessProbe.IsRunning(child.Id), Is.False);
    }

    /// <summary>The marker stands in the environment only, as it does for a CLI's own children.</summary>
    private static Process Start(string marker)
    {
        var info = new ProcessStartInfo("sleep", "60");
        info.Environment["POLYDEV_TEST_MARKER"] = marker;
        return Process.Start(info)!;
    }
}
