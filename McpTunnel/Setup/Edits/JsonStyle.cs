using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>How a file writes its JSON, so that what is added looks like the rest.</summary>
internal sealed record JsonStyle(string NewLine, string Unit, string Colon)
{
    private const string UsualUnit = "  ";
    private const string UsualColon = ": ";

    private string Comma => Colon.EndsWith(' ') ? ", " : ",";

    public static JsonStyle Of(byte[] content) => new(EditedText.NewLineOf(content), UsualUnit, UsualColon);

    public static JsonStyle Of(JsonText text) =>
        Of(text.Content) with { Unit = UnitOf(text, text.Root) ?? UsualUnit, Colon = ColonOf(text) ?? UsualColon };

    public string Member(string name, JsonNode value, string? indent) => $"{Quote(name)}{Colon}{Value(value, indent)}";

    /// <param name="indent">Of the line on which the value begins; null: all on one line.</param>
    public string Value(JsonNode value, string? indent) => value switch
    {
        JsonObject { Count: > 0 } members when indent is not null => $"{{{Lines(members, indent + Unit)}{NewLine}{indent}}}",
        JsonObject members => $"{{{string.Join(Comma, members.Select(member => Member(member.Key, member.Value!, null)))}}}",
        JsonArray items => $"[{string.Join(Comma, items.Select(item => Value(item!, null)))}]",
        _ => Quote(value.GetValue<string>()),
    };

    private string Lines(JsonObject members, string indent) =>
        string.Join(",", members.Select(member => $"{NewLine}{indent}{Member(member.Key, member.Value!, indent)}"));

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    // The first member on a line of its own, against the line of its object's brace.
    private static string? UnitOf(JsonText text, JsonObjectText within)
    {
        foreach (var member in within.Members)
        {
            var (outer, inner) = (text.Indent(within.Start), text.Indent(member.KeyStart));
            if (text.StartsLine(member.KeyStart) && inner.Length > outer.Length && inner.StartsWith(outer, StringComparison.Ordinal))
            {
                return inner[outer.Length..];
            }

            if (member.Value is JsonObjectText nested && UnitOf(text, nested) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static string? ColonOf(JsonText text) =>
        text.Root.Members is [var first, ..] && text.Slice(first.KeyEnd, first.Value.Start) is var between
            && between.Trim(' ', '\t') == ":" ? between : null;
}
