using System.Text.Json;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// Reads a <c>rate_limit_event</c>: the CLI writes one behind each answer, and before a refusal, that came with a subscription's headers.
/// Each tells the whole state. 2.1.330 tells all windows; 2.1.197 the one that is nearest to its end, and how much of it is used only once
/// that is worth a warning.
/// </summary>
internal static class ClaudeQuota
{
    public const string Event = "rate_limit_event";

    public static QuotaNews Of(JsonElement line)
    {
        if (line.Member("rate_limit_info") is not { ValueKind: JsonValueKind.Object } info)
        {
            return new QuotaNews();
        }

        var windows = Windows(info).ToList();
        var type = info.TextOf("rateLimitType");
        if (type is not (null or "overage") && !windows.Exists(window => window.Label == Label(type)) && Window(type, info) is { } nearest)
        {
            windows.Add(nearest);
        }

        return new QuotaNews
        {
            Windows = windows,
            Overage = Overage(info),
            OverageEndsAt = type == "overage" ? null : Reset(info),
        };
    }

    private static IEnumerable<ToldWindow> Windows(JsonElement info) =>
        info.Member("unifiedWindows") is { ValueKind: JsonValueKind.Object } all
            ? all.EnumerateObject().Select(window => Window(window.Name, window.Value)).OfType<ToldWindow>()
            : [];

    // Rejected is at the limit or past it, whatever figure stands beside.
    private static ToldWindow? Window(string type, JsonElement told)
    {
        var used = told.Member("utilization") is { ValueKind: JsonValueKind.Number } share ? Math.Round(share.GetDouble() * 100, 2) : -1;
        used = told.TextOf("status") == "rejected" ? Math.Max(100, used) : used;
        return used < 0 || !double.IsFinite(used) ? null : new ToldWindow(Label(type), used, Reset(told));
    }

    private static OverageState Overage(JsonElement info) => info.TextOf("overageStatus") switch
    {
        _ when info.IsTrue("isUsingOverage") || info.IsTrue("overageInUse") => OverageState.InUse,
        "allowed" or "allowed_warning" => OverageState.Available,
        "rejected" => OverageState.Off,
        _ => OverageState.Unspecified,
    };

    private static DateTimeOffset? Reset(JsonElement told) =>
        told.CountOf("resetsAt") is { } seconds and <= long.MaxValue ? QuotaFigures.Moment((long)seconds) : null;

    private static string Label(string type) => type
        .Replace("five_hour", QuotaFigures.Label(5 * 60), StringComparison.Ordinal)
        .Replace("seven_day", QuotaFigures.Label(7 * 24 * 60), StringComparison.Ordinal)
        .Replace('_', ' ');
}
