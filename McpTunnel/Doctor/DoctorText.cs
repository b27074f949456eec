using System.Text;

namespace Polydev.McpTunnel.Doctor;

/// <summary>The doctor's report as a person reads it: a line for each check, its remedy below, the verdict last.</summary>
internal static class DoctorText
{
    private const int NameWidth = 18;

    public static string Of(DoctorReport report, bool withColour)
    {
        var text = new StringBuilder();
        foreach (var check in report.Checks)
        {
            text.Append(Word(check.Status, withColour)).Append(' ').Append(check.Name.PadRight(NameWidth)).Append(' ')
                .Append(check.Detail).Append('\n');
            if (check.Remedy is { } remedy)
            {
                text.Append(' ', NameWidth + 9).Append("-> ").Append(remedy).Append('\n');
            }
        }

        return text.Append('\n').Append(Verdict(report)).ToString();
    }

    private static string Verdict(DoctorReport report) => report switch
    {
        { CanAnswer: true } => $"A call could be answered by {string.Join(", ", report.AnsweredBy)}.",
        { AnsweredBy: [] } => "No call could be answered by a CLI: none is ready.",
        _ => $"No call could be answered by a CLI: see {string.Join(", ", report.Blocking)}.",
    };

    // Colours that a light and a dark terminal both show.
    private static string Word(CheckStatus status, bool withColour)
    {
        var (word, colour) = status switch
        {
            CheckStatus.Ok => ("ok", "32"),
            CheckStatus.Warning => ("warning", "33"),
            CheckStatus.Failed => ("failed", "31"),
            _ => ("skipped", "2"),
        };
        return withColour ? $"\e[{colour}m{word,-7}\e[0m" : $"{word,-7}";
    }
}
