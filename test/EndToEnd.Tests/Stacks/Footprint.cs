using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>What a stack at rest holds of the machine.</summary>
/// <param name="Handles">Open files, pipes and sockets of broker and tunnel, but the broker's on its database.</param>
/// <param name="DatabaseHandles">The broker's on its database.</param>
/// <param name="Files">Of the tunnel's state folder: the tunnel's own, and those in the private folders of the CLIs that wait.</param>
/// <param name="Folders">Private folders: one for each CLI that waits.</param>
/// <param name="Memory">Resident MB of broker, tunnel and all CLIs.</param>
internal sealed record Footprint(
    (int Broker, int Tunnel) Handles, int DatabaseHandles, (int Own, int Private) Files, int Folders,
    (double Broker, double Tunnel, double Clis) Memory)
{
    // The pool keeps each connection, and opens one more whenever two are wanted at once, late or early: of eight, the file and its log.
    private const int MostDatabaseHandles = 16;

    // What a runtime may take for itself between two looks (its heap's reserves, compiled code). A leak of 1 MB a call is far above it.
    private const double Slack = 100;

    // Of two processes of one CLI, one may have a lock or a backup more at the moment of the look.
    private const int FilesOfACli = 4;

    public static Footprint Of(Stack stack)
    {
        var (broker, tunnel, run) = (stack.Broker.Id, stack.Tunnel.Id, Path.Combine(stack.Home.StateFolder, "run"));
        var files = Directory.EnumerateFiles(stack.Home.StateFolder, "*", SearchOption.AllDirectories).ToList();
        var inside = files.Count(file => file.StartsWith(run, StringComparison.Ordinal));
        var ofBroker = ProcessFigures.Handles(broker);
        var ofDatabase = ofBroker.Count(handle => handle.Contains("/polydev.db", StringComparison.Ordinal));
        return new Footprint(
            (ofBroker.Count - ofDatabase, ProcessFigures.Handles(tunnel).Count),
            ofDatabase,
            (files.Count - inside, inside),
            Directory.EnumerateDirectories(run).Count(),
            (
                ProcessFigures.ResidentMegabytes(broker), ProcessFigures.ResidentMegabytes(tunnel),
                ProcessProbe.DescendantsOf(tunnel).Sum(process => ProcessFigures.ResidentMegabytes(process.Id))));
    }

    /// <summary>
    /// Waits until there is no more than at this look; fails over what is still more after the usual time. Less is no fault: what is free
    /// already goes back when the runtime next collects.
    /// </summary>
    public async Task AssertReachedAsync(Func<Task<Footprint>> look)
    {
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var now = await look();
        while (HasMore(now) && !limit.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            now = await look();
        }

        Assert.Multiple(() =>
        {
            Assert.That(now.Handles.Broker, Is.LessThanOrEqualTo(Handles.Broker));
            Assert.That(now.Handles.Tunnel, Is.LessThanOrEqualTo(Handles.Tunnel));
            Assert.That(now.DatabaseHandles, Is.InRange(1, MostDatabaseHandles));
            Assert.That(now.Folders, Is.EqualTo(Folders));
            Assert.That(now.Files.Own, Is.EqualTo(Files.Own));
            Assert.That(now.Files.Private, Is.LessThanOrEqualTo(Files.Private + (Folders * FilesOfACli)));
            Assert.That(now.Memory.Broker, Is.LessThan(Memory.Broker + Slack));
            Assert.That(now.Memory.Tunnel, Is.LessThan(Memory.Tunnel + Slack));
            Assert.That(now.Memory.Clis, Is.LessThan(Memory.Clis + (Folders * Slack)));
        });
    }

    private bool HasMore(Footprint now) =>
        now.Handles.Broker > Handles.Broker || now.Handles.Tunnel > Handles.Tunnel || now.Folders != Folders || now.Files.Own != Files.Own
        || now.Files.Private > Files.Private + (Folders * FilesOfACli);
}
