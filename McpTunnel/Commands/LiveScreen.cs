using System.Globalization;
using System.Text;
using Polydev.McpTunnel.Status;
using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Commands;

/// <summary>What the live view shows, and the ANSI that draws it.</summary>
internal static class LiveScreen
{
    private const string ClearLine = "\e[2K";

    public static IReadOnlyList<string> Lines(StatusReport report, DateTimeOffset now, int width)
    {
        var lines = new List<string>
        {
            $"Polydev tunnel {report.Version} on {report.Process.Machine} (process {report.Process.Id})",
            $"  {report.Tunnel.State.Replace('_', ' ')} for {Span(now - report.Tunnel.Since)}   {report.Tunnel.Broker}",
            string.Empty,
            report.Clis.Count == 0 ? "CLIs: looking for them" : "CLIs",
        };
        lines.AddRange(report.Clis.SelectMany(Lines));
        lines.Add(string.Empty);
        var slots = report.Slots;
        lines.Add($"Calls: {slots.InUse} of {slots.Places} places in use, {slots.Waiting} waiting, {report.Tunnel.Answered} answered, "
            + $"{report.Tunnel.Failed} failed");
        lines.AddRange(report.Running.Select(call =>
            string.Create(CultureInfo.InvariantCulture, $"  {call.Provider,-8} {call.Model,-28} {call.Seconds:0.0} s")));
        lines.AddRange(report.Missing.Select(missing => $"! {missing}"));

        // A wrapped line would be drawn over wrongly.
        return [.. lines.Select(line => PlainText.Line(line, width).TrimEnd())];
    }

    // The windows stand in a line of their own: behind the models they would be cut off.
    private static IEnumerable<string> Lines(CliReport cli)
    {
        yield return $"  {cli.Provider,-8} {cli.State.Replace('_', ' '),-14} {cli.Version,-12} {Calls(cli.InUse ?? 0),-8} "
            + string.Join(", ", cli.Models);
        if (StatusText.Quota(cli) is { } quota)
        {
            yield return $"  {string.Empty,-8} {quota}";
        }

        if (cli.Refusal is { } refusal)
        {
            yield return $"  {string.Empty,-8} {refusal}";
        }
    }

    private static string Calls(int count) => count switch
    {
        0 => string.Empty,
        1 => "1 call",
        _ => $"{count} calls",
    };

    /// <summary>Draws the lines over those of the last time.</summary>
    public static string Over(IReadOnlyList<string> lines, int drawn)
    {
        var text = new StringBuilder();
        text.Append(drawn > 0 ? $"\e[{drawn}A" : string.Empty);
        foreach (var line in lines)
        {
            text.Append(ClearLine).Append(line).Append('\n');
        }

        // What is left of a longer drawing.
        return text.Append("\e[0J").ToString();
    }

    private static string Span(TimeSpan span) => span switch
    {
        { TotalHours: >= 1 } => $"{(int)span.TotalHours} h {span.Minutes} min",
        { TotalMinutes: >= 1 } => $"{span.Minutes} min {span.Seconds} s",
        _ => $"{Math.Max(0, span.Seconds)} s",
    };
}
