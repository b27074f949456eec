using Polydev.Protos.V1;
using Polydev.Shared.Text;

namespace Polydev.Broker.Pages.Machines;

/// <summary>What a CLI on a machine can do for callers, in the words of the pages.</summary>
internal static class CliWords
{
    private const double Full = 100;

    /// <summary>It stands on the pages; one that is not installed does not.</summary>
    public static bool IsListed(CliInfo cli) => cli.State is not (CliState.NotInstalled or CliState.Unspecified);

    /// <summary>It takes calls, used up or not. The echo, which needs no CLI, is none.</summary>
    public static bool IsReady(CliInfo cli) => cli.State == CliState.Ready && cli.Provider != "echo";

    public static (string Mark, string Word) State(CliInfo cli) => cli.State switch
    {
        CliState.Ready => ("ok", "Ready"),
        CliState.NotLoggedIn => ("warn", "Not signed in"),
        CliState.Testing => ("half", "Being tried"),
        _ => ("bad", "Unusable"),
    };

    /// <summary>Null where it is not known, or there is none.</summary>
    public static string? Login(CliInfo cli) => cli.Login switch
    {
        LoginKind.Subscription => "subscription",
        LoginKind.ApiKey => "API key",
        LoginKind.Cloud => "cloud login",
        _ => null,
    };

    /// <summary>Calls are refused now: a window of its vendor is full, or as full as its owner lets it become.</summary>
    public static bool IsUsedUp(CliInfo cli, DateTimeOffset now) =>
        IsReady(cli) && (cli.Refusal.Length > 0 || (!PaysOverage(cli) && FullWindows(cli, now).Any()));

    /// <summary>When calls are taken again; null where the vendor has not said.</summary>
    public static DateTimeOffset? UsedUpUntil(CliInfo cli, DateTimeOffset now)
    {
        var stop = Full - cli.ReservePercent;
        var resets = cli.Windows.Where(window => window.UsedPercent >= stop && window.ResetsAt > now.ToUnixTimeSeconds());
        return resets.Select(window => (DateTimeOffset?)DateTimeOffset.FromUnixTimeSeconds(window.ResetsAt)).Max();
    }

    /// <summary>Beyond its windows calls are paid for, and its owner lets them be.</summary>
    public static bool PaysOverage(CliInfo cli) => cli.Overage is { State: OverageState.InUse, Allowed: true };

    /// <summary>What a person should know or do; null: nothing.</summary>
    /// <param name="machine">Where it is.</param>
    public static string? Hint(CliInfo cli, string machine) => cli.State switch
    {
        CliState.Ready when cli.Refusal.Length > 0 => PlainText.Line(cli.Refusal, PlainText.LongestMessage),
        CliState.NotLoggedIn when cli.Hint.Length == 0 =>
            $"Run {PlainText.Line(cli.Provider)} on {machine} once and choose a login. It comes online here by itself.",
        _ when cli.Hint.Length > 0 => PlainText.Line(cli.Hint, PlainText.LongestMessage),
        CliState.Ready => Billing(cli),
        CliState.Testing => "It is new here, and is tried before it serves. That takes some seconds.",
        _ => null,
    };

    private static string? Billing(CliInfo cli) => cli.Login switch
    {
        _ when cli.Windows.Count > 0 => null,
        LoginKind.ApiKey => "Billed by the vendor per token; no usage windows.",
        LoginKind.Cloud => "Billed by the cloud per token; no usage windows.",
        LoginKind.Subscription => "No usage windows reported yet.",
        _ => null,
    };

    private static IEnumerable<VendorWindow> FullWindows(CliInfo cli, DateTimeOffset now) =>
        cli.Windows.Where(window => window.UsedPercent >= Full && !(window.ResetsAt > 0 && window.ResetsAt <= now.ToUnixTimeSeconds()));
}
