using System.Text.RegularExpressions;
using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Setup;

/// <summary>
/// What a person sees of a plan: only what comes and goes, never the lines around it, which hold other servers' keys.
/// </summary>
internal static partial class SetupView
{
    public static IEnumerable<string> Lines(SetupPlan plan, ServerEntry? wanted)
    {
        var place = plan.Target == plan.Path ? plan.Path : $"{plan.Path} -> {plan.Target}";
        yield return $"{plan.Editor.Title}: {place}";
        switch (plan.Step)
        {
            case SetupStep.Unchanged:
                yield return wanted is null ? "  unchanged: polydev is not in it" : "  unchanged: polydev is in it already";
                break;
            case SetupStep.LeftAlone:
                yield return $"  left alone: {plan.Reason}.";
                if (wanted is not null)
                {
                    yield return "  Paste this into it yourself:";
                    foreach (var line in plan.Editor.Format.Snippet(wanted).Split('\n'))
                    {
                        yield return $"      {line}";
                    }
                }

                break;
            default:
                yield return plan.IsNewFile ? "  a new file:" : $"  {Verb(plan.Step)}:";
                foreach (var line in plan.Edits.SelectMany(Diff))
                {
                    yield return line;
                }

                break;
        }
    }

    private static string Verb(SetupStep step) => step switch
    {
        SetupStep.Add => "to add",
        SetupStep.Change => "to change",
        _ => "to remove",
    };

    private static IEnumerable<string> Diff(ShownEdit edit)
    {
        var isFirst = true;
        foreach (var (sign, text) in new[] { ('-', edit.Removed), ('+', edit.Inserted) })
        {
            foreach (var line in text.ReplaceLineEndings("\n").Split('\n').Where(line => line.Trim().Length > 0))
            {
                var number = isFirst ? $"{edit.Line}" : string.Empty;
                yield return $"  {number,5} {sign} {Tokens().Replace(line, "$1…")}";
                isFirst = false;
            }
        }
    }

    // Ours may stand in the entry's env, put there by hand.
    [GeneratedRegex(@"\b(pd_|pk-)[\w-]+")]
    private static partial Regex Tokens();
}
