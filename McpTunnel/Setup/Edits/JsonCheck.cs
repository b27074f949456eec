using System.Text.Json;
using System.Text.Json.Nodes;

namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>The last word on an edit: read anew, both texts must say the same outside of our entry, comments and order included.</summary>
internal static class JsonCheck
{
    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 256,
    };

    /// <exception cref="UnsafeFileException">They do not.</exception>
    public static void SameButEntry(byte[] one, byte[] other, string container)
    {
        var (left, right) = (Read(one), Read(other));
        if (!Rest(left, container).SequenceEqual(Rest(right, container)))
        {
            throw new UnsafeFileException("more than our entry would change in it");
        }
    }

    /// <exception cref="UnsafeFileException">It has a name twice.</exception>
    public static JsonNode Node(byte[] content, JsonValueText value)
    {
        try
        {
            return JsonNode.Parse(content.AsSpan(value.Start, value.End - value.Start), documentOptions: Options)!;
        }
        catch (JsonException e)
        {
            throw new UnsafeFileException($"its entry \"{ServerEntry.Name}\" has a name twice", e);
        }
    }

    private static JsonText Read(byte[] content) => JsonText.Parse(JsonText.IsBlank(content) ? [.. content, .. "\n{}"u8] : content);

    // The braces of an object that holds nothing else count as ours: it may have been made, or removed, with the entry.
    private static IEnumerable<(JsonTokenType Type, string Text)> Rest(JsonText json, string container)
    {
        var holder = json.Root.Find(container);
        var servers = json.Root.FindObject(container);
        var own = servers?.Find(ServerEntry.Name);
        var isAlone = servers is not null && servers.Members.Count == (own is null ? 0 : 1);
        var isAllAlone = json.Root.Members.Count == (isAlone ? 1 : 0);
        return json.Tokens
            .Where(token => !IsIn(token, own?.KeyStart, own?.Value.End))
            .Where(token => token.Type == JsonTokenType.Comment
                || !(isAllAlone || (isAlone && IsIn(token, holder?.KeyStart, holder?.Value.End))))
            .Select(token => (token.Type, token.Text));
    }

    private static bool IsIn(JsonTokenText token, int? start, int? end) => token.Start >= start && token.Start < end;
}
