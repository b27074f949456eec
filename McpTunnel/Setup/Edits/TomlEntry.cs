using System.Text.Encodings.Web;
using System.Text.Json;
using Tomlyn.Model;
using Tomlyn.Syntax;

namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>
/// Our table in Codex's config.toml, <c>[mcp_servers.polydev]</c>: put at the end, where it cuts no other table in two. The keys are those
/// of its own <c>codex mcp add</c> (0.169.0).
/// </summary>
internal sealed class TomlEntry : IEntryFormat
{
    private const string Container = "mcp_servers";
    private const string Command = "command";
    private const string Arguments = "args";
    private const string Variables = "env";

    private static readonly string[] Own = [Container, ServerEntry.Name];

    public bool Has(byte[] content) => EntryIn(TomlText.Read(content)) is not null;

    public string Snippet(ServerEntry entry) => Table(entry, "\n");

    public void Put(EditedText text, ServerEntry entry)
    {
        var before = text.Content;
        var said = TomlText.Read(before);
        if (EntryIn(said) is not { } own)
        {
            Append(text, entry);
        }
        else if (!Says(own, entry))
        {
            Update(text, own, entry);
        }

        var now = TomlText.Read(text.Content);
        TomlText.Parse(text.Content);
        if (!TomlText.Same(Others(said), Others(now)) || EntryIn(now) is not { } put || !Says(put, entry) || !TomlText.Same(
            Rest(EntryIn(said)), Rest(put)))
        {
            throw new UnsafeFileException("more than our entry would change in it");
        }
    }

    public void Remove(EditedText text, byte[]? before)
    {
        var said = TomlText.Read(text.Content);
        if (EntryIn(said) is null)
        {
            return;
        }

        // From the end: what stands before keeps its place.
        var toml = TomlText.Parse(text.Content);
        foreach (var (start, end) in Places(toml).OrderByDescending(place => place.Start))
        {
            text.Delete(toml.Byte(start), toml.Byte(end));
        }

        var now = TomlText.Read(text.Content);
        if (EntryIn(now) is not null || !TomlText.Same(Others(said), Others(now)))
        {
            throw new UnsafeFileException("more than our entry would change in it");
        }
    }

    private static void Append(EditedText text, ServerEntry entry)
    {
        var newLine = EditedText.NewLineOf(text.Content);
        var table = Table(entry, newLine);

        // A last line without an end stays without: so that it can be told, when the table goes, whether there was one.
        text.Insert(text.Content.Length, text.Content switch
        {
            [] => table + newLine,
            [.., (byte)'\n'] => newLine + table + newLine,
            _ => newLine + table,
        });
    }

    private static IEnumerable<(int Start, int End)> Places(TomlText toml)
    {
        foreach (var table in toml.Tables.Where(table => table.Path.AsSpan().StartsWith(Own)))
        {
            var lastEnd = table.Syntax.Items.ChildrenCount == 0
                ? table.HeaderEnd
                : table.Syntax.Items.Max(item => item.Value!.Span.End.Offset + 1);
            var start = toml.LineStart(table.HeaderStart);
            var end = toml.LineEnd(lastEnd);
            yield return (WithLineBefore(toml.Text, start, end), end);
        }

        foreach (var pair in toml.Pairs.Where(IsOursAlone))
        {
            if (pair.Inline is not null)
            {
                throw new UnsafeFileException($"its entry \"{ServerEntry.Name}\" stands within an inline table");
            }

            yield return (toml.LineStart(pair.Start), toml.LineEnd(pair.ValueEnd));
        }

        // Such as mcp_servers.polydev.command = "…" above all tables, or polydev = {…} below [mcp_servers].
        bool IsOursAlone(TomlPairText pair) => pair.Path.AsSpan().StartsWith(Own)
            && !toml.Tables.Any(table => table.Path.AsSpan().StartsWith(Own)
                && table.HeaderStart < pair.Start && pair.Start <= table.Syntax.Span.End.Offset)
            && !toml.Pairs.Any(outer => outer != pair && outer.Path.AsSpan().StartsWith(Own)
                && outer.ValueStart < pair.Start && pair.Start < outer.ValueEnd);
    }

    // The blank line that was put before the table goes with it.
    private static int WithLineBefore(string text, int start, int end)
    {
        if (LastEndBefore(text, start, end) is { } last)
        {
            return last;
        }

        var before = start >= 2 && text[start - 2] == '\r' ? start - 2 : start - 1;
        return start > 0 && (before == 0 || text[before - 1] == '\n') ? before : start;
    }

    // What is the user's own in it (a token in its env, time-outs, approvals) stays.
    private static void Update(EditedText text, TomlTable own, ServerEntry entry)
    {
        if (!own.ContainsKey(Command))
        {
            throw new UnsafeFileException($"its server \"{ServerEntry.Name}\" is of another kind: it has no command");
        }

        // What is right already keeps its form.
        if (own[Command] as string != entry.Command)
        {
            Set(text, [Command], Quote(entry.Command));
        }

        if (!ArgumentsOf(own).SequenceEqual(entry.Arguments))
        {
            Set(text, [Arguments], Array(entry.Arguments));
        }

        if (BrokerOf(own) == entry.Broker)
        {
            return;
        }

        if (entry.Broker is { } broker)
        {
            Set(text, [Variables, ServerEntry.BrokerVariable], Quote(broker));
        }
        else
        {
            Unset(text, ((TomlTable)own[Variables]).Count == 1);
        }
    }

    private static void Set(EditedText text, string[] path, string value)
    {
        var toml = TomlText.Parse(text.Content);
        string[] whole = [.. Own, .. path];
        string[] above = [.. Own, .. path.AsSpan()[..^1]];
        if (toml.Pairs.FirstOrDefault(pair => pair.Path.SequenceEqual(whole)) is { } found)
        {
            Replace(text, toml, found.ValueStart, found.ValueEnd, value);
        }
        else if (toml.Tables.FirstOrDefault(table => table.Path.SequenceEqual(above)) is { } table)
        {
            InsertLine(text, toml, table, $"{path[^1]} = {value}");
        }
        else if (toml.Pairs.FirstOrDefault(pair => pair.Path.SequenceEqual(above)) is { Syntax.Value: InlineTableSyntax inline })
        {
            var at = toml.Byte(inline.OpenBrace!.Span.End.Offset + 1);
            text.Insert(at, $" {path[^1]} = {value}{(inline.Items.ChildrenCount > 0 ? "," : " ")}");
        }
        else if (path.Length == 2 && toml.Tables.FirstOrDefault(table => table.Path.SequenceEqual(Own)) is { } own)
        {
            // Also right where the table has env.A = … already.
            InsertLine(text, toml, own, $"{path[0]}.{path[1]} = {value}");
        }
        else
        {
            throw new UnsafeFileException($"its entry \"{ServerEntry.Name}\" is written in a form that is not changed here");
        }
    }

    private static void Unset(EditedText text, bool isLast)
    {
        var toml = TomlText.Parse(text.Content);
        string[] variables = [.. Own, Variables];
        var pair = toml.Pairs.First(pair => pair.Path.SequenceEqual((string[])[.. variables, ServerEntry.BrokerVariable]));
        if (pair.Inline is null)
        {
            DeleteLines(text, toml, pair);
        }
        else if (isLast && toml.Pairs.First(outer => outer.Path.SequenceEqual(variables)) is { Inline: null } holder)
        {
            DeleteLines(text, toml, holder);
        }
        else
        {
            throw new UnsafeFileException($"{ServerEntry.BrokerVariable} stands in an inline table with others: take it out by hand");
        }
    }

    private static void DeleteLines(EditedText text, TomlText toml, TomlPairText pair)
    {
        var (start, end) = (toml.LineStart(pair.Start), toml.LineEnd(pair.ValueEnd));
        text.Delete(toml.Byte(LastEndBefore(toml.Text, start, end) ?? start), toml.Byte(end));
    }

    // A last line without an end takes that of the line before with it: the text still ends without.
    private static int? LastEndBefore(string text, int start, int end) => start == 0 || end < text.Length || text[^1] == '\n' ? null
        : start >= 2 && text[start - 2] == '\r' ? start - 2 : start - 1;

    private static void InsertLine(EditedText text, TomlText toml, TomlTableText table, string line)
    {
        var end = toml.LineEnd(table.HeaderEnd);
        var newLine = EditedText.NewLineOf(text.Content);
        text.Insert(toml.Byte(end), toml.Text[end - 1] == '\n' ? line + newLine : newLine + line);
    }

    private static void Replace(EditedText text, TomlText toml, int start, int end, string value)
    {
        var (from, to) = (toml.Byte(start), toml.Byte(end));
        text.Replace(from, to - from, value);
    }

    private static string Table(ServerEntry entry, string newLine)
    {
        List<string> lines = [$"[{Container}.{ServerEntry.Name}]", $"{Command} = {Quote(entry.Command)}"];
        if (entry.Arguments.Count > 0)
        {
            lines.Add($"{Arguments} = {Array(entry.Arguments)}");
        }

        if (entry.Broker is { } broker)
        {
            lines.Add($"{Variables} = {{ {ServerEntry.BrokerVariable} = {Quote(broker)} }}");
        }

        return string.Join(newLine, lines);
    }

    private static string Array(IEnumerable<string> items) => $"[{string.Join(", ", items.Select(Quote))}]";

    // TOML's basic strings take JSON's escapes, \/ aside, which is not written here.
    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static TomlTable? EntryIn(TomlTable root)
    {
        if (!root.TryGetValue(Container, out var servers))
        {
            return null;
        }

        if (servers is not TomlTable table)
        {
            throw new UnsafeFileException($"its \"{Container}\" is not a table");
        }

        return !table.TryGetValue(ServerEntry.Name, out var own) ? null
            : own as TomlTable ?? throw new UnsafeFileException($"its entry \"{ServerEntry.Name}\" is not a table");
    }

    private static bool Says(TomlTable own, ServerEntry entry) =>
        own.TryGetValue(Command, out var command) && command as string == entry.Command
        && ArgumentsOf(own).SequenceEqual(entry.Arguments) && BrokerOf(own) == entry.Broker;

    private static TomlArray ArgumentsOf(TomlTable own) =>
        own.TryGetValue(Arguments, out var list) && list is TomlArray array ? array : [];

    private static string? BrokerOf(TomlTable own) =>
        own.TryGetValue(Variables, out var named) && named is TomlTable variables
            && variables.TryGetValue(ServerEntry.BrokerVariable, out var broker) ? broker as string : null;

    private static TomlTable Others(TomlTable root) => Without(root, Own);

    private static TomlTable Rest(TomlTable? own) =>
        Without(Without(Without(own ?? [], [Variables, ServerEntry.BrokerVariable]), [Command]), [Arguments]);

    // A copy; a table of which nothing is left goes too.
    private static TomlTable Without(TomlTable table, ReadOnlySpan<string> path)
    {
        var copy = new TomlTable();
        foreach (var (key, value) in table)
        {
            if (key != path[0])
            {
                copy[key] = value;
            }
            else if (path.Length > 1)
            {
                var left = value is TomlTable inner ? Without(inner, path[1..]) : value;
                if (left is not TomlTable { Count: 0 })
                {
                    copy[key] = left;
                }
            }
        }

        return copy;
    }
}
