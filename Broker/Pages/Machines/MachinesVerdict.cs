using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Machines;

/// <summary>The one sentence above an account's machines.</summary>
internal static class MachinesVerdict
{
    /// <param name="machines">Those that are not revoked.</param>
    public static string Of(IReadOnlyList<Machine> machines)
    {
        if (machines.Count == 0)
        {
            return "No machine yet.";
        }

        var online = machines.Count(machine => machine.IsOnline);
        var first = (online, machines.Count) switch
        {
            (1, 1) => $"{machines[0].Name} is online.",
            (0, 1) => $"{machines[0].Name} is offline.",
            (0, var all) => $"None of {Small(all)} machines is online.",
            var (some, all) when some == all => $"All {Small(all)} machines are online.",
            var (some, all) => $"{Wording.InWords(some)} of {Small(all)} machines {(some == 1 ? "is" : "are")} online.",
        };
        var old = machines.Where(machine => machine.IsOnline && MachineWords.Update(machine) is not null)
            .Select(machine => machine.Name).ToList();
        return old.Count == 0 ? first : $"{first} {Wording.List(old)} can be updated.";
    }

    private static string Small(int count) => Wording.InWords(count).ToLowerInvariant();
}
