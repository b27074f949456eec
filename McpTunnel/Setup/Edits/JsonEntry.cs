using System.Text.Json;
using System.Text.Json.Nodes;

namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>Our entry in an object of a JSON file, such as <c>mcpServers</c>.</summary>
/// <param name="container">The member of the outermost object that holds the servers.</param>
/// <param name="isTyped">The program writes <c>"type": "stdio"</c> into its own entries.</param>
internal sealed class JsonEntry(string container, bool isTyped) : IEntryFormat
{
    private const string Type = "type";
    private const string Stdio = "stdio";
    private const string Command = "command";
    private const string Arguments = "args";
    private const string Variables = "env";

    public bool Has(byte[] content) => !JsonText.IsBlank(content) && EntryIn(JsonText.Parse(content)) is not null;

    public string Snippet(ServerEntry entry) =>
        JsonStyle.Of([]).Value(new JsonObject { [container] = new JsonObject { [ServerEntry.Name] = Wanted(entry) } }, string.Empty);

    public void Put(EditedText text, ServerEntry entry)
    {
        var before = text.Content;
        if (JsonText.IsBlank(before))
        {
            var newLine = EditedText.NewLineOf(before);
            var own = Snippet(entry).ReplaceLineEndings(newLine) + newLine;
            text.Insert(before.Length, before is [] or [.., (byte)'\n'] ? own : newLine + own);
        }
        else
        {
            Put(text, JsonText.Parse(before), entry);
        }

        JsonCheck.SameButEntry(before, text.Content, container);
        if (EntryIn(JsonText.Parse(text.Content)) is not { } now || !Says(text.Content, now, entry))
        {
            throw new UnsafeFileException("the entry could not be put in");
        }
    }

    public void Remove(EditedText text, byte[]? before)
    {
        var with = text.Content;
        if (!Has(with))
        {
            return;
        }

        var json = JsonText.Parse(with);
        var servers = json.Root.FindObject(container)!;
        JsonMembers.Delete(text, json, servers, servers.Find(ServerEntry.Name)!);
        Empty(text, before);
        JsonCheck.SameButEntry(with, text.Content, container);
    }

    private void Put(EditedText text, JsonText json, ServerEntry entry)
    {
        var servers = json.Root.FindObject(container);
        var wanted = Wanted(entry);
        if (servers is null)
        {
            JsonMembers.Insert(text, json, json.Root, container, new JsonObject { [ServerEntry.Name] = wanted });
        }
        else if (servers.FindObject(ServerEntry.Name) is not { } own)
        {
            JsonMembers.Insert(text, json, servers, ServerEntry.Name, wanted);
        }
        else if (!Says(json.Content, own, entry))
        {
            Update(text, own, entry);
        }
    }

    // Of an entry that is there, what is the user's own (a token in its env, "disabled", time-outs) stays.
    private void Update(EditedText text, JsonObjectText own, ServerEntry entry)
    {
        if (own.Find(Command) is null)
        {
            throw new UnsafeFileException($"its server \"{ServerEntry.Name}\" is of another kind: it has no command");
        }

        var rest = Rest(text.Content, own);
        if (own.Find(Type) is not null)
        {
            Set(text, json => EntryIn(json)!, Type, Stdio);
        }

        Set(text, json => EntryIn(json)!, Command, entry.Command);
        Set(text, json => EntryIn(json)!, Arguments, new JsonArray([.. entry.Arguments.Select(argument => JsonValue.Create(argument))]));
        if (entry.Broker is { } broker)
        {
            if (own.FindObject(Variables) is null)
            {
                Set(text, json => EntryIn(json)!, Variables, new JsonObject { [ServerEntry.BrokerVariable] = broker });
            }
            else
            {
                Set(text, json => EntryIn(json)!.FindObject(Variables)!, ServerEntry.BrokerVariable, broker);
            }
        }
        else if (own.FindObject(Variables)?.Find(ServerEntry.BrokerVariable) is not null)
        {
            Unset(text);
        }

        if (!JsonNode.DeepEquals(rest, Rest(text.Content, EntryIn(JsonText.Parse(text.Content))!)))
        {
            throw new UnsafeFileException($"more of its entry \"{ServerEntry.Name}\" would change than is ours");
        }
    }

    private void Unset(EditedText text)
    {
        var json = JsonText.Parse(text.Content);
        var variables = EntryIn(json)!.FindObject(Variables)!;
        JsonMembers.Delete(text, json, variables, variables.Find(ServerEntry.BrokerVariable)!);
        json = JsonText.Parse(text.Content);
        var own = EntryIn(json)!;
        variables = own.FindObject(Variables)!;
        if (variables.Members.Count == 0 && !json.HasComments(variables.Start, variables.End))
        {
            JsonMembers.Delete(text, json, own, own.Find(Variables)!);
        }
    }

    private static void Set(EditedText text, Func<JsonText, JsonObjectText> find, string name, JsonNode value)
    {
        var json = JsonText.Parse(text.Content);
        var within = find(json);
        if (within.Find(name) is not { } member)
        {
            JsonMembers.Insert(text, json, within, name, value);
        }
        else if (!JsonNode.DeepEquals(JsonCheck.Node(json.Content, member.Value), value))
        {
            var indent = json.StartsLine(member.KeyStart) ? json.Indent(member.KeyStart) : null;
            text.Replace(member.Value.Start, member.Value.End - member.Value.Start, JsonStyle.Of(json).Value(value, indent));
        }
    }

    // What stood empty before stands empty again, as it was; what was not there goes.
    private void Empty(EditedText text, byte[]? before)
    {
        var was = before is null || JsonText.IsBlank(before) ? null : JsonText.Parse(before);
        var json = JsonText.Parse(text.Content);
        var servers = json.Root.FindObject(container)!;
        if (servers.Members.Count > 0)
        {
            return;
        }

        if (was?.Root.FindObject(container) is { } stood)
        {
            JsonMembers.LikeBefore(text, json, servers, was, stood);
            return;
        }

        if (json.HasComments(servers.Start, servers.End))
        {
            return;
        }

        JsonMembers.Delete(text, json, json.Root, json.Root.Find(container)!);
        json = JsonText.Parse(text.Content);
        if (json.Root.Members.Count > 0)
        {
            return;
        }

        if (was is not null)
        {
            JsonMembers.LikeBefore(text, json, json.Root, was, was.Root);
        }
        else if (IsOurs(json, before ?? []))
        {
            text.Replace(0, text.Content.Length, System.Text.Encoding.UTF8.GetString(before ?? []));
        }
    }

    // Behind what was there before stand only white space and a pair of braces.
    private static bool IsOurs(JsonText json, byte[] before) =>
        json.Content.AsSpan().StartsWith(before) && json.Comments.TrueForAll(comment => comment.End <= before.Length);

    private JsonObjectText? EntryIn(JsonText json) => json.Root.FindObject(container)?.FindObject(ServerEntry.Name);

    private static bool Says(byte[] content, JsonObjectText own, ServerEntry entry)
    {
        var said = JsonCheck.Node(content, own).AsObject();
        var arguments = said[Arguments] ?? new JsonArray();
        return Text(said[Command]) == entry.Command
            && JsonNode.DeepEquals(arguments, new JsonArray([.. entry.Arguments.Select(argument => JsonValue.Create(argument))]))
            && (said[Type] is null || Text(said[Type]) == Stdio)
            && Text((said[Variables] as JsonObject)?[ServerEntry.BrokerVariable]) == entry.Broker;
    }

    // What the user may have added.
    private static JsonObject Rest(byte[] content, JsonObjectText own)
    {
        var rest = JsonCheck.Node(content, own).AsObject();
        rest.Remove(Type);
        rest.Remove(Command);
        rest.Remove(Arguments);
        if (rest[Variables] is JsonObject variables && (variables.Remove(ServerEntry.BrokerVariable) || variables.Count == 0)
            && variables.Count == 0)
        {
            rest.Remove(Variables);
        }

        return rest;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String
        ? value.GetValue<string>()
        : null;

    private JsonObject Wanted(ServerEntry entry)
    {
        var wanted = new JsonObject();
        if (isTyped)
        {
            wanted[Type] = Stdio;
        }

        wanted[Command] = entry.Command;
        wanted[Arguments] = new JsonArray([.. entry.Arguments.Select(argument => JsonValue.Create(argument))]);
        if (entry.Broker is { } broker)
        {
            wanted[Variables] = new JsonObject { [ServerEntry.BrokerVariable] = broker };
        }

        return wanted;
    }
}
