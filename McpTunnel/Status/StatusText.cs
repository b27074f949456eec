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

    public static string Of(StatusReport report)
    {
        var text = new StringBuilder();
        text.Append("Tunnel: ").Append(report.Tunnel.State.Replace('_', ' ')).Append(" (").Append(report.Tunnel.Broker).Append(")\n");
        text.Append("Calls: ").Append(report.Running.Count).Append(" running, ").Append(report.Tunnel.Answered).Append(" answered, ")
            .Append(report.Tunnel.Failed).Append(" failed\n");
        foreach (var cli in report.Clis)
        {
            text.Append(Of(cli)).Append('\n');
        }

        foreach (var missing in report.Missing)
        {
            text.Append("Missing: ").Append(missing).Append('\n');
        }

        return text.ToString().TrimEnd();
    }
}
