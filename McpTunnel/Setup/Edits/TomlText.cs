using System.Text;
using System.Text.Json;
using Tomlyn;
using Tomlyn.Model;
using Tomlyn.Parsing;
using Tomlyn.Serialization;
using Tomlyn.Syntax;

namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>TOML as places in its text, by Tomlyn's syntax tree: what that refuses is not guessed at.</summary>
internal sealed class TomlText
{
    private TomlText(string text, DocumentSyntax document)
    {
        Text = text;
        Pairs = [.. PairsOf(document.KeyValues, []), .. document.Tables.SelectMany(table => PairsOf(table.Items, PathOf(table.Name!)))];
        Tables = [.. document.Tables.Select(table => new TomlTableText(PathOf(table.Name!), table))];
    }

    public string Text { get; }

    /// <summary>Every <c>key = value</c> with its whole path, those within inline tables too.</summary>
    public IReadOnlyList<TomlPairText> Pairs { get; }

    public IReadOnlyList<TomlTableText> Tables { get; }

    /// <exception cref="UnsafeFileException">It is no TOML.</exception>
    public static TomlText Parse(byte[] content)
    {
        var text = Encoding.UTF8.GetString(content);
        try
        {
            return new TomlText(text, SyntaxParser.ParseStrict(text, string.Empty, validate: true));
        }
        catch (TomlException e)
        {
            throw Unreadable(e);
        }
    }

    /// <summary>What it says, without its form.</summary>
    /// <exception cref="UnsafeFileException">It is no TOML.</exception>
    public static TomlTable Read(byte[] content)
    {
        try
        {
            return TomlSerializer.Deserialize(Encoding.UTF8.GetString(content), SetupToml.Default.TomlTable) ?? [];
        }
        catch (Exception e) when (e is TomlException or JsonException)
        {
            throw Unreadable(e);
        }
    }

    public int Byte(int character) => Encoding.UTF8.GetByteCount(Text.AsSpan(0, character));

    public int LineStart(int character) => character == 0 ? 0 : Text.LastIndexOf('\n', character - 1) + 1;

    /// <summary>Behind the line's end; at the end of the text where it has none.</summary>
    public int LineEnd(int character) => Text.IndexOf('\n', character) is var end and >= 0 ? end + 1 : Text.Length;

    public static bool Same(object? one, object? other) => (one, other) switch
    {
        (TomlTable left, TomlTable right) => left.Count == right.Count
            && left.All(pair => right.TryGetValue(pair.Key, out var value) && Same(pair.Value, value)),
        (TomlTableArray left, TomlTableArray right) => AllSame(left, right),
        (TomlArray left, TomlArray right) => AllSame(left, right),
        _ => Equals(one, other),
    };

    private static bool AllSame(IEnumerable<object?> left, IEnumerable<object?> right)
    {
        object?[] all = [.. left];
        object?[] others = [.. right];
        return all.Length == others.Length && all.Zip(others).All(pair => Same(pair.First, pair.Second));
    }

    private static UnsafeFileException Unreadable(Exception e) =>
        new($"it is not TOML that can be read safely ({e.Message.Trim().ReplaceLineEndings(" ")})", e);

    private static IEnumerable<TomlPairText> PairsOf(IEnumerable<KeyValueSyntax> items, string[] above)
    {
        foreach (var item in items)
        {
            string[] path = [.. above, .. PathOf(item.Key!)];
            yield return new TomlPairText(path, item);
            if (item.Value is InlineTableSyntax inline)
            {
                foreach (var inner in PairsOf(inline.Items.Select(entry => entry.KeyValue!), path))
                {
                    yield return inner with { Inline = inner.Inline ?? inline };
                }
            }
        }
    }

    private static string[] PathOf(KeySyntax key) => [Part(key.Key!), .. key.DotKeys.Select(dotted => Part(dotted.Key!))];

    private static string Part(BareKeyOrStringValueSyntax part) => part switch
    {
        BareKeySyntax bare => bare.Key!.Text!,
        StringValueSyntax quoted => quoted.Value!,
        _ => throw new UnsafeFileException("it has a key of an unknown kind"),
    };
}

/// <param name="Inline">The inline table that it stands in; null on a line of its own.</param>
internal sealed record TomlPairText(string[] Path, KeyValueSyntax Syntax, InlineTableSyntax? Inline = null)
{
    public int Start => Syntax.Span.Start.Offset;

    public int ValueStart => Syntax.Value!.Span.Start.Offset;

    /// <summary>Behind the value's last character.</summary>
    public int ValueEnd => Syntax.Value!.Span.End.Offset + 1;
}

internal sealed record TomlTableText(string[] Path, TableSyntaxBase Syntax)
{
    public bool IsArray => Syntax is TableArraySyntax;

    public int HeaderStart => Syntax.OpenBracket!.Span.Start.Offset;

    public int HeaderEnd => Syntax.CloseBracket!.Span.End.Offset + 1;
}

/// <summary>TOML as tables, without reflection.</summary>
[TomlSerializable(typeof(TomlTable))]
internal sealed partial class SetupToml : TomlSerializerContext;
