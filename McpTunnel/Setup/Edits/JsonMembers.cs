using System.Text.Json.Nodes;

namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>
/// Puts a member at the end of an object and takes it out again. The second undoes the first to the byte, but for an object that was
/// empty: there <see cref="LikeBefore"/> does.
/// </summary>
internal static class JsonMembers
{
    public static void Insert(EditedText text, JsonText json, JsonObjectText within, string name, JsonNode value)
    {
        var style = JsonStyle.Of(json);
        var last = within.Members.LastOrDefault();
        var close = within.End - 1;
        var at = json.LastEndBefore(within, close);
        var isOnLines = last is not null ? json.StartsLine(last.KeyStart)
            : within.KeyStart < 0 || json.StartsLine(within.KeyStart);

        string member;
        if (isOnLines || json.IsEndOfLineComment(at))
        {
            var indent = isOnLines && last is not null ? json.Indent(last.KeyStart) : json.Indent(within.Start) + style.Unit;
            member = $"{style.NewLine}{indent}{style.Member(name, value, indent)}";
        }
        else
        {
            member = Gap(json, within, last) + style.Member(name, value, indent: null);
        }

        // The file's own habit.
        member += last is { Comma: >= 0 } ? "," : string.Empty;
        if (last is null && isOnLines && !json.Slice(at, close).Contains('\n'))
        {
            text.Replace(at, close - at, $"{member}{style.NewLine}{json.Indent(within.Start)}");
        }
        else
        {
            text.Insert(at, member);
        }

        if (last is { Comma: < 0 })
        {
            text.Insert(last.Value.End, ",");
        }
    }

    public static void Delete(EditedText text, JsonText json, JsonObjectText within, JsonMemberText member)
    {
        var index = within.Members.IndexOf(member);
        var previous = index > 0 ? within.Members[index - 1] : null;
        var from = json.LastEndBefore(within, member.KeyStart);
        var to = member.Comma < 0 ? member.Value.End : member.Comma + 1;
        var rest = json.Slice(to, within.End).TrimStart(' ', '\t');
        if (json.IsEndOfLineComment(from) && !rest.StartsWith('\n') && !rest.StartsWith('\r'))
        {
            // What follows on the line must not end up in the comment.
            from = member.KeyStart;
        }

        if (member.Comma >= 0)
        {
            text.Delete(member.Comma, member.Comma + 1);
        }

        text.Delete(from, member.Value.End);
        if (member.Comma < 0 && previous is { Comma: >= 0 })
        {
            text.Delete(previous.Comma, previous.Comma + 1);
        }
    }

    /// <summary>Gives an object without members the inside that it had, or none.</summary>
    public static void LikeBefore(EditedText text, JsonText json, JsonObjectText empty, JsonText was, JsonObjectText stood)
    {
        var (now, then) = (CommentsIn(json, empty), CommentsIn(was, stood));
        if (stood.Members.Count == 0 && now.SequenceEqual(then))
        {
            text.Replace(empty.Start, empty.End - empty.Start, was.Slice(stood.Start, stood.End));
        }
        else if (now.Count == 0)
        {
            text.Replace(empty.Start, empty.End - empty.Start, "{}");
        }
    }

    // As before the last member, or inside the braces.
    private static string Gap(JsonText json, JsonObjectText within, JsonMemberText? last)
    {
        if (last is null)
        {
            return string.Empty;
        }

        var before = json.Slice(json.LastEndBefore(within, last.KeyStart), last.KeyStart);
        return string.IsNullOrWhiteSpace(before) && before.Contains('\n') ? " " : before;
    }

    private static List<string> CommentsIn(JsonText json, JsonObjectText within) =>
    [
        .. json.Comments.Where(comment => comment.Start > within.Start && comment.End < within.End)
            .Select(comment => json.Slice(comment.Start, comment.End)),
    ];
}
