using System.Text.Json;

namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>
/// JSON with comments and trailing commas, as places in its bytes. Read by <see cref="Utf8JsonReader"/>, so that it is this or nothing:
/// what that reader refuses (unquoted keys, single quotes, a comment before a colon) is not guessed at.
/// </summary>
internal sealed class JsonText
{
    private const int MaxDepth = 256;

    private static readonly JsonReaderOptions Options =
        new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Allow, MaxDepth = MaxDepth };

    private JsonText(byte[] content) => Content = content;

    public byte[] Content { get; }

    public JsonObjectText Root { get; private set; } = null!;

    public List<JsonComment> Comments { get; } = [];

    /// <summary>Every token, comments among them: two texts with the same ones say the same in the same order.</summary>
    public List<JsonTokenText> Tokens { get; } = [];

    /// <exception cref="UnsafeFileException">It is no object, or no JSON.</exception>
    public static JsonText Parse(byte[] content)
    {
        var text = new JsonText(content);
        try
        {
            text.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var line = e is JsonException { LineNumber: { } number } ? $" at line {number + 1}" : string.Empty;
            throw new UnsafeFileException($"it is not JSON that can be read safely{line}", e);
        }

        // Some programs end a comment at a lone CR, others do not: what follows would be two different things.
        if (text.Comments.Count > 0 && content.AsSpan().Count((byte)'\r') != content.AsSpan().Count("\r\n"u8))
        {
            throw new UnsafeFileException("it has comments and line ends of the old Mac kind (CR), which programs read differently");
        }

        return text;
    }

    /// <summary>Nothing but white space and comments: programs take it for an empty object.</summary>
    public static bool IsBlank(byte[] content)
    {
        try
        {
            var text = Parse([.. content, .. "\n{}"u8]);
            return text.Root.Start > content.Length && text.Root.Members.Count == 0;
        }
        catch (UnsafeFileException)
        {
            return false;
        }
    }

    /// <summary>The end of what stands last within the object before the position: a value, a comma, a comment or its own brace.</summary>
    public int LastEndBefore(JsonObjectText within, int position)
    {
        var ends = within.Members.SelectMany(member => new[] { member.Value.End, member.Comma + 1 })
            .Concat(Comments.Where(comment => comment.Start > within.Start).Select(comment => comment.End))
            .Where(end => end <= position);
        return ends.Append(within.Start + 1).Max();
    }

    public bool IsEndOfLineComment(int position) => Comments.Exists(comment => comment.IsLine && comment.End == position);

    public bool HasComments(int start, int end) => Comments.Exists(comment => comment.Start >= start && comment.End <= end);

    /// <summary>True where nothing but white space stands before it on its line.</summary>
    public bool StartsLine(int position) => LineStart(position) + Indent(position).Length == position;

    /// <summary>The white space with which the line of this position begins.</summary>
    public string Indent(int position)
    {
        var start = LineStart(position);
        var end = start;
        while (end < position && Content[end] is (byte)' ' or (byte)'\t')
        {
            end++;
        }

        return Slice(start, end);
    }

    public string Slice(int start, int end) => System.Text.Encoding.UTF8.GetString(Content, start, end - start);

    private int LineStart(int position) => Content.AsSpan(0, position).LastIndexOf((byte)'\n') + 1;

    private void Read()
    {
        var reader = new Utf8JsonReader(Content, Options);
        var open = new Stack<JsonObjectText?>();
        JsonMemberText? member = null;
        var lastEnd = 0;
        while (reader.Read())
        {
            var start = (int)reader.TokenStartIndex;
            var end = start + LengthOf(reader);
            NoteComma(open, lastEnd, start);
            lastEnd = end;
            Tokens.Add(new JsonTokenText(reader.TokenType, start, Slice(start, end)));
            switch (reader.TokenType)
            {
                case JsonTokenType.Comment:
                    Comments.Add(new JsonComment(start, end, Content[start + 1] == '/'));
                    break;
                case JsonTokenType.PropertyName:
                    member = new JsonMemberText(reader.GetString()!, start, end);
                    open.Peek()!.Members.Add(member);
                    break;
                case JsonTokenType.StartObject:
                    var value = new JsonObjectText(start, member?.KeyStart ?? -1);
                    Begin(open, member, value);
                    open.Push(value);
                    member = null;
                    break;
                case JsonTokenType.StartArray:
                    Begin(open, member, new JsonValueText(start));
                    open.Push(null);
                    member = null;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    if (open.Pop() is { } closed)
                    {
                        closed.End = end;
                    }

                    EndOf(open, end);
                    break;
                default:
                    Begin(open, member, new JsonValueText(start) { End = end });
                    member = null;
                    break;
            }
        }

        if (Root is null)
        {
            throw new UnsafeFileException("its outermost value is not an object");
        }
    }

    private void Begin(Stack<JsonObjectText?> open, JsonMemberText? member, JsonValueText value)
    {
        member?.Value = value;
        if (open.Count == 0)
        {
            Root = value as JsonObjectText ?? throw new UnsafeFileException("its outermost value is not an object");
        }
    }

    private static void EndOf(Stack<JsonObjectText?> open, int end)
    {
        if (open.TryPeek(out var outer) && outer is { Members: [.., var last] })
        {
            last.Value.End = end;
        }
    }

    // Between two tokens stand only white space, colons and commas; a comma belongs to the member before it.
    private void NoteComma(Stack<JsonObjectText?> open, int from, int to)
    {
        if (Content.AsSpan(from, to - from).IndexOf((byte)',') is var at and >= 0
            && open.TryPeek(out var container) && container is { Members: [.., var last] })
        {
            last.Comma = from + at;
        }
    }

    private int LengthOf(in Utf8JsonReader reader) => reader.ValueSpan.Length + reader.TokenType switch
    {
        JsonTokenType.PropertyName or JsonTokenType.String => 2,
        JsonTokenType.Comment => Content[reader.TokenStartIndex + 1] == '/' ? 2 : 4,
        _ => 0,
    };
}

/// <summary>A value's place: from its first byte to behind its last.</summary>
internal class JsonValueText(int start)
{
    public int Start { get; } = start;

    public int End { get; set; }
}

/// <param name="keyStart">Where the key of this object stands; -1 where it has none.</param>
internal sealed class JsonObjectText(int start, int keyStart) : JsonValueText(start)
{
    public int KeyStart { get; } = keyStart;

    public List<JsonMemberText> Members { get; } = [];

    /// <exception cref="UnsafeFileException">There are two: programs differ in which one counts.</exception>
    public JsonMemberText? Find(string name)
    {
        var found = Members.Where(member => member.Name == name).ToList();
        return found.Count < 2 ? found.SingleOrDefault() : throw new UnsafeFileException($"it has \"{name}\" twice");
    }

    /// <exception cref="UnsafeFileException">It is something else than an object.</exception>
    public JsonObjectText? FindObject(string name) => Find(name) is not { } member ? null
        : member.Value as JsonObjectText ?? throw new UnsafeFileException($"its \"{name}\" is not an object");
}

internal sealed class JsonMemberText(string name, int keyStart, int keyEnd)
{
    public string Name { get; } = name;

    public int KeyStart { get; } = keyStart;

    public int KeyEnd { get; } = keyEnd;

    public JsonValueText Value { get; set; } = new(keyEnd);

    /// <summary>Where its comma stands; -1 where it has none.</summary>
    public int Comma { get; set; } = -1;
}

internal sealed record JsonComment(int Start, int End, bool IsLine);

internal sealed record JsonTokenText(JsonTokenType Type, int Start, string Text);
