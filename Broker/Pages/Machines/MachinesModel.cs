using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Frame;

namespace Polydev.Broker.Pages.Machines;

/// <summary>What the machines' page shows.</summary>
/// <param name="Known">Those that may connect, oldest first.</param>
/// <param name="Revoked">Those that may not, the last revoked first, cut.</param>
public sealed record MachinesModel(IReadOnlyList<Machine> Known, IReadOnlyList<Machine> Revoked, FrameModel Frame)
{
    private const int MostRevoked = 20;

    internal static MachinesModel Of(IReadOnlyList<Machine> machines, FrameModel frame, DateTimeOffset now) => new(
        [.. machines.Where(machine => machine.Token.IsGoodAt(now))],
        [.. machines.Where(machine => machine.Token.RevokedAt is not null)
            .OrderByDescending(machine => machine.Token.RevokedAt).Take(MostRevoked)],
        frame);
}

/// <summary>The form that gives a machine another name.</summary>
/// <param name="Typed">What stands in it.</param>
/// <param name="Problem">Why that cannot be; null: it has not been sent.</param>
public sealed record RenameForm(string Id, string Typed, string? Problem = null);
