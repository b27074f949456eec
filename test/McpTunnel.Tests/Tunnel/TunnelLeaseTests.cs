using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

public sealed class TunnelLeaseTests
{
    [Test]
    public void TryTake_HeldByAnother_IsNullUntilThatOneEnds()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.lock");
        var first = TunnelLease.TryTake(path);

        Assert.That(first, Is.Not.Null);
        Assert.That(TunnelLease.TryTake(path), Is.Null);

        first!.Dispose();
        using var second = TunnelLease.TryTake(path);
        Assert.That(second, Is.Not.Null);
    }

    [Test]
    public void TryTake_FileThatCannotBeOpened_IsNotTakenForAnother()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.lock");
        // A loop stands in for a full or read-only disk: an IOException of the system that is no lock of another's.
        File.CreateSymbolicLink(path, path);

        Assert.That(() => TunnelLease.TryTake(path), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task TakeAsync_HolderEnds_TakesOverAtTheNextLook()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.lock");
        var time = new FakeTimeProvider();
        var holder = TunnelLease.TryTake(path);
        var stoodBy = 0;
        var taking = TunnelLease.TakeAsync(path, () => stoodBy++, time, CancellationToken.None);
        Assert.That((taking.IsCompleted, stoodBy), Is.EqualTo((false, 1)));

        holder!.Dispose();
        time.Advance(TunnelLease.RetryInterval);

        using var taken = await taking.DefaultTimeout();
        Assert.That(taken, Is.Not.Null);
        Assert.That(TunnelLease.RetryInterval, Is.LessThan(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task TryTake_HoldingProcessKilled_IsFreeAgain()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.lock");
        await File.WriteAllTextAsync(path, string.Empty);
        // flock(1) takes the very lock that .NET takes for FileShare.None on Unix.
        string[] arguments = ["--exclusive", path, "sh", "-c", "echo held; exec sleep 60"];
        using var holder = Process.Start(new ProcessStartInfo("flock", arguments) { RedirectStandardOutput = true })!;
        await holder.StandardOutput.ReadLineAsync().DefaultTimeout();
        Assert.That(TunnelLease.TryTake(path), Is.Null);

        holder.Kill(entireProcessTree: true);
        await holder.WaitForExitAsync().DefaultTimeout();
        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(path), TimeSpan.FromSeconds(2));

        using var taken = await TunnelLease.TakeAsync(path, () => { }, TimeProvider.System, CancellationToken.None).DefaultTimeout();
        Assert.That(taken, Is.Not.Null);
    }

    [Test]
    public void LeaseFile_OtherBrokerOrToken_IsAnotherFile()
    {
        var paths = new TunnelPaths("/state");
        var broker = new Uri("http://127.0.0.1:5080");
        var other = new Uri("http://127.0.0.1:5090");
        string[] files = [paths.LeaseFile(broker, "pd_a"), paths.LeaseFile(broker, "pd_b"), paths.LeaseFile(other, "pd_a")];

        Assert.That(files, Is.Unique);
        Assert.That(files, Has.None.Contains("pd_a"));
        Assert.That(paths.LeaseFile(broker, "pd_a"), Is.EqualTo(files[0]));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void Create_NewState_IsForItsUserAlone()
    {
        using var folder = new TemporaryFolder();
        var paths = new TunnelPaths(Path.Combine(folder.FullName, "state"));

        paths.Create();

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.That(File.GetUnixFileMode(paths.RunRoot), Is.EqualTo(OwnerOnly));
    }
}
