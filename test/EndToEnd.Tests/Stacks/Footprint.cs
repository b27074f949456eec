using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>What a stack at rest holds of the machine.</summary>
/// <param name="Handles">Open files, pipes and sockets of broker and tunnel.</param>
/// <param name="Files">Of the tunnel's state folder, with the private folders of the CLIs that wait.</param>
/// <param name="Folders">Private folders: one for each CLI that waits.</param>
/// <param name="Memory">Resident MB of broker, tunnel and all CLIs.</param>
internal sealed record Footprint(
    (int Broker, int Tunnel) Handles, IReadOnlyList<string> Files, int Folders, (double Broker, double Tunnel, double Clis) Memory)
{
    // What a runtime may take for itself between two looks (its heap's reserves, compiled code). A leak of 1 MB a call is far above it.
    private const double Slack = 100;

    public static Footprint Of(Stack stack)
    {
        var (broker, tunnel, run) = (stack.Broker.Id, stack.Tunnel.Id, Path.Combine(stack.Home.StateFolder, "run"));
        return new Footprint(
            (ProcessFigures.Handles(broker), ProcessFigures.Handles(tunnel)),
            [.. Directory.EnumerateFiles(stack.Home.StateFolder, "*", SearchOption.AllDirectories)],
            Directory.EnumerateDirectories(run).Count(),
            (
                ProcessFigures.ResidentMegabytes(broker), ProcessFigures.ResidentMegabytes(tunnel),
                ProcessProbe.DescendantsOf(tunnel).Sum(process => ProcessFigures.ResidentMegabytes(process.Id))));
    }

    /// <summary>Waits until there is no more than at this look; fails over what is still more after the usual time.</summary>
    public async Task AssertReachedAsync(Func<Task<Footprint>> look)
    {
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var now = await look();
        while ((now.Handles, now.Files.Count, now.Folders) != (Handles, Files.Count, Folders) && !limit.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            now = await look();
        }

        Assert.Multiple(() =>
        {
            Assert.That(now.Handles, Is.EqualTo(Handles));
            Assert.That(now.Folders, Is.EqualTo(Folders));
            Assert.That(now.Files, Has.Count.EqualTo(Files.Count), string.Join('\n', now.Files.Except(Files).Concat(Files.Except(now.Files))));
            Assert.That(now.Memory.Broker, Is.LessThan(Memory.Broker + Slack));
            Assert.That(now.Memory.Tunnel, Is.LessThan(Memory.Tunnel + Slack));
            Assert.That(now.Memory.Clis, Is.LessThan(Memory.Clis + (Folders * Slack)));
        });
    }
}
