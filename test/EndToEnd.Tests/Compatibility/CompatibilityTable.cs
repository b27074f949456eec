using System.Text;

namespace Polydev.EndToEnd.Tests.Compatibility;

/// <summary>docs/compatibility.md, from what was seen.</summary>
internal static class CompatibilityTable
{
    private static readonly string[] Dialects = ["Chat", "Responses", "Anthropic", "Google"];

    public static string Of(IReadOnlyList<(string Cli, string Model)> clis, IReadOnlyList<CompatibilityRow> rows)
    {
        var notes = new List<string>();
        var text = new StringBuilder();
        text.Append("""
            # Compatibility

            What becomes of what callers ask for, in each dialect on each CLI. Made by a test (`test/EndToEnd.Tests/Compatibility`), which
            asks the real CLIs and fails where this table says something else; `POLYDEV_WRITE_DOCS=1` writes it anew.


            """);
        text.Append("The models: ").AppendJoin(", ", clis.Select(each => $"`{each.Model}` on {each.Cli}")).Append("""
            .
            **yes**: it was seen to be done, in what the model was asked or in the answer.
            **said**: it is passed over, and `x-polydev-ignored` names it. **altered**: it arrives otherwise, and `x-polydev-altered` names
            it.
            **no**: a 400 that says why. **-**: the dialect has no word for it.


            """);
        text.Append("| | ").AppendJoin(" | ", Dialects.SelectMany(dialect => clis.Select(each => $"{dialect}: {each.Cli.Split(' ')[0]}")))
            .Append(" |\n|---|").Insert(text.Length, "---|", Dialects.Length * clis.Count).Append('\n');
        foreach (var row in rows)
        {
            var words = row.Cells.Select(cell => WordOf(cell, notes));
            text.Append("| ").Append(row.Feature).Append(" | ").AppendJoin(" | ", words).Append(" |\n");
        }

        text.Append('\n');
        foreach (var (index, note) in notes.Index())
        {
            text.Append(index + 1).Append(". ").Append(note).Append('\n');
        }

        return text.ToString();
    }

    private static string WordOf(CompatibilityCell cell, List<string> notes) => cell switch
    {
        { HasWord: false } => "-",
        { Wrong: not null } => "FAILS",
        { IsRefused: true } => $"no ({NumberOf(cell.Reason, notes)})",
        { Ignored.Length: > 0 } => $"said ({NumberOf($"`{cell.Ignored}` is passed over.", notes)})",
        { Altered.Length: > 0 } => $"altered ({NumberOf($"`{cell.Altered}` arrives otherwise.", notes)})",
        _ => "yes",
    };

    private static int NumberOf(string note, List<string> notes)
    {
        if (!notes.Contains(note))
        {
            notes.Add(note);
        }

        return notes.IndexOf(note) + 1;
    }
}

/// <summary>One feature, dialect by dialect, and in each CLI by CLI.</summary>
internal sealed record CompatibilityRow(string Feature, IReadOnlyList<CompatibilityCell> Cells);

/// <summary>What became of one request.</summary>
/// <param name="Asked">What was asked, of whom.</param>
internal sealed record CompatibilityCell(string Asked)
{
    public static CompatibilityCell NoWord { get; } = new("nothing") { HasWord = false };

    public bool HasWord { get; init; } = true;

    public bool IsRefused { get; init; }

    /// <summary>Of a refusal: its message.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <summary>What <c>x-polydev-ignored</c> says.</summary>
    public string Ignored { get; init; } = string.Empty;

    /// <summary>What <c>x-polydev-altered</c> says.</summary>
    public string Altered { get; init; } = string.Empty;

    /// <summary>Neither an answer nor a refusal: what came.</summary>
    public string? Wrong { get; init; }

    public bool Fails => Wrong is not null;
}
