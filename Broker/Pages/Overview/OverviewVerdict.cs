using System.Globalization;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Machines;
using Polydev.Broker.Pages.Parts;
using Polydev.Broker.Pages.Viewing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Pages.Overview;

/// <summary>Whether calls work, in one sentence, and what stands below it. The first sentence that applies.</summary>
internal static class OverviewVerdict
{
    public static string Of(OverviewModel model, Viewer viewer)
    {
        if (model.IsFirstRun)
        {
            return "Four steps to your first call.";
        }

        if (!model.Online.Any())
        {
            return "No machine is online. Calls get 503 “Tunnel offline”.";
        }

        if (model.Keys.Count > 0 && model.Keys[0].Windows.AccountMonth is { IsExhausted: true } month)
        {
            return $"The account's month is used up until {month.ResetsAt.UtcDateTime.ToString("d MMMM", CultureInfo.InvariantCulture)}.";
        }

        var ready = ReadyClis(model).ToLookup(cli => cli.Provider);
        return ready.Count == 0 ? NoCli([.. model.Online.Select(machine => machine.Name)])
            : UsedUp(ready, viewer) ?? "Calls are being answered.";
    }

    public static string Lede(OverviewModel model, Viewer viewer)
    {
        if (model.IsFirstRun)
        {
            return "This page follows along; nothing to reload.";
        }

        var online = model.Online.ToList();
        if (online.Count > 0)
        {
            var told = online.Select(machine => (machine.Name, Clis: NamesOf(machine))).Where(one => one.Clis.Count > 0)
                .Select(one => $"{Wording.List(one.Clis)} {(one.Clis.Count == 1 ? "answers" : "answer")} on {one.Name}").ToList();
            var answers = told.Count == 0 ? null : $" {string.Join(", ", told)}.";
            return model.Machines.Count == 1
                ? $"{online[0].Name} is online.{answers}"
                : $"{Wording.InWords(online.Count)} of {Wording.InWords(model.Machines.Count).ToLowerInvariant()} machines "
                    + $"{(online.Count == 1 ? "is" : "are")} online.{answers}";
        }

        var last = model.Machines.Where(machine => MachineWords.OfflineSince(machine) is not null).MaxBy(MachineWords.OfflineSince);
        const string Then = "Your keys and limits are untouched; calls work again the moment a tunnel is back.";
        return last is null ? Then : $"The last one, {last.Name}, left {Left(viewer, MachineWords.OfflineSince(last)!.Value)}. {Then}";
    }

    /// <summary>A sentence more, where the account's month ends early at the week's pace.</summary>
    public static string? Pace(OverviewModel model, MonthPace pace, Viewer viewer) =>
        model.Online.Any() && model.Keys.Count > 0 && pace.EarlyEndOf(model.Keys[0].Windows.AccountMonth, viewer.Now) is { } end
            ? $" The account’s month runs out about {viewer.Local(end).ToString("dddd d MMMM", CultureInfo.InvariantCulture)} "
                + "at this week’s pace."
            : null;

    private static string Left(Viewer viewer, DateTimeOffset time) => Wording.Past(viewer, time) is var text && text.Contains(':')
        ? text.StartsWith("yesterday", StringComparison.Ordinal) ? text : $"at {text}"
        : text;

    private static string NoCli(IReadOnlyList<string> machines) => machines.Count == 1
        ? $"{machines[0]} is online, but no CLI on it can answer."
        : $"{Wording.List(machines)} are online, but no CLI on them can answer.";

    private static string? UsedUp(ILookup<string, CliInfo> ready, Viewer viewer)
    {
        // One machine's subscription that is used up matters to nobody while another's answers.
        var full = ready.Where(one => one.All(cli => CliWords.IsUsedUp(cli, viewer.Now))).ToList();
        if (full.Count == 0)
        {
            return null;
        }

        var until = full.SelectMany(one => one).Select(cli => CliWords.UsedUpUntil(cli, viewer.Now)).Min();
        var names = Wording.List([.. full.Select(one => CliNames.Of(one.Key))]);
        return $"{names} {(full.Count == 1 ? "is" : "are")} used up{(until is { } at ? $" until {Wording.Future(viewer, at)}" : null)}."
            + (full.Count == ready.Count ? null : " The others answer.");
    }

    private static IEnumerable<CliInfo> ReadyClis(OverviewModel model) => model.Online.SelectMany(ClisOf).Where(CliWords.IsReady);

    private static IEnumerable<CliInfo> ClisOf(Machine machine) => machine.Online[^1].Clis;

    private static List<string> NamesOf(Machine machine) =>
        [.. ClisOf(machine).Where(CliWords.IsReady).Select(cli => CliNames.Of(cli.Provider))];
}
