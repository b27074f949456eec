using System.Text.Json;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// Reads what Codex tells of ChatGPT's windows: <c>account/rateLimits/updated</c> with each answer, which leaves out what has not changed,
/// and <c>account/rateLimits/read</c> (0.169.0). Percentages come rounded. Paid overage is ChatGPT's credits: they are spent once a window
/// is used up. No field says so, but that the window is used up and that there are credits does.
/// </summary>
internal static class CodexQuota
{
    private const string MainLimit = "codex";

    /// <param name="limits">The notification's <c>rateLimits</c>.</param>
    public static QuotaNews Of(JsonElement limits) => new() { Windows = [.. Windows(limits)], Overage = Overage(limits) };

    public static QuotaNews Of(CodexProtocol.LimitsRead read)
    {
        var main = Of(read.RateLimits);
        var others = (read.RateLimitsByLimitId ?? []).Values.SelectMany(Windows);
        return new QuotaNews
        {
            Windows = [.. main.Windows.Concat(others).DistinctBy(window => window.Label)],
            Overage = main.Overage == OverageState.Available && read.OrdinaryUsageAllowed == false ? OverageState.InUse : main.Overage,
        };
    }

    // Beside the main limit there may be others, of some models only.
    private static IEnumerable<ToldWindow> Windows(JsonElement limits)
    {
        var id = Text(limits, "limitId");
        var name = id is null or MainLimit ? string.Empty : $" {Text(limits, "limitName") ?? id}";
        foreach (var place in (string[])["primary", "secondary"])
        {
            var window = Member(limits, place);
            if (Member(window, "usedPercent") is { ValueKind: JsonValueKind.Number } used && double.IsFinite(used.GetDouble()))
            {
                var length = Number(window, "windowDurationMins") is > 0 and var minutes ? QuotaFigures.Label(minutes) : place;
                yield return new ToldWindow($"{length}{name}", used.GetDouble(), QuotaFigures.Moment(Number(window, "resetsAt")));
            }
        }
    }

    private static OverageState? Overage(JsonElement limits) => Member(limits, "credits") switch
    {
        { ValueKind: JsonValueKind.Object } when Member(limits, "spendControlReached").ValueKind == JsonValueKind.True => OverageState.Off,
        { ValueKind: JsonValueKind.Object } credits => IsTrue(credits, "hasCredits") || IsTrue(credits, "unlimited")
            ? OverageState.Available
            : OverageState.Off,

        // Left out: as it was.
        _ => null,
    };

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static long Number(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : 0;

    private static bool IsTrue(JsonElement element, string name) => Member(element, name).ValueKind == JsonValueKind.True;
}
