using System.Globalization;
using System.Text;

namespace Polydev.McpTunnel.Status;

/// <summary>The status as a person reads it.</summary>
internal static class StatusText
{
    public static string Of(CliReport cli)
    {
        var version = cli.Version is { } known ? $" {known}" : string.Empty;
        var models = cli.Models.Count > 0 ? $" ({string.Join(", ", cli.Models)})" : string.Empty;
        return $"{cli.Provider}{version}: {cli.State.Replace('_', ' ')}{models}{(cli.Hint is { } hint ? $". {hint}" : string.Empty)}";
    }

    /// <summary>The same, with a line each for the vendor's windows and for a refusal where there are such.</summary>
    public static string WithQuota(CliReport cli)
    {
        var windows = Quota(cli) is { } quota ? $"\n  Windows: {quota}" : string.Empty;
        return $"{Of(cli)}{windows}{(cli.Refusal is { } refusal ? $"\n  Refused now: {refusal}" : string.Empty)}";
    }

    /// <summary>The vendor's windows in one line, such as "5 h 42 % until 2026-11-27 10:00 UTC; 7 d 15 %"; null: none.</summary>
    public static string? Quota(CliReport cli)
    {
        var parts = (cli.Windows ?? []).Select(window => Of(window)).ToList();
        if (cli.Overage is { State: "in_use" } overage)
        {
            parts.Add($"paid overage in use{(overage.Allowed ? string.Empty : ", not allowed here")}");
        }

        return parts.Count > 0 ? string.Join("; ", parts) : null;
    }

    public static string Of(StatusReport report)
    {
        var text = new StringBuilder();
        text.Append("Tunnel: ").Append(report.Tunnel.State.Replace('_', ' ')).Append(" (").Append(report.Tunnel.Broker).Append(")\n");
        text.Append("Calls: ").Append(report.Running.Count).Append(" running, ").Append(report.Slots.Waiting).Append(" waiting, ")
            .Append(report.Tunnel.Answered).Append(" answered, ")
            .Append(report.Tunnel.Failed).Append(" failed\n");
        foreach (var cli in report.Clis)
        {
            text.Append(WithQuota(cli)).Append('\n');
        }

        foreach (var missing in report.Missing)
        {
            text.Append("Missing: ").Append(missing).Append('\n');
        }

        return text.ToString().TrimEnd();
    }

    private static string Of(WindowReport window)
    {
        var until = window.ResetsAt is { } reset ? $" until {reset.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{window.Label} {window.UsedPercent:0.#} %{until}");
    }
}
