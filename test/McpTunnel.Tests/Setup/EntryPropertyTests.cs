using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Polydev.McpTunnel.Setup.Edits;
using Tomlyn;
using Tomlyn.Model;

namespace Polydev.McpTunnel.Tests.Setup;

/// <summary>
/// Whatever a file looks like: the entry goes in once, nothing else changes, and when it goes the file is the same to the byte, also if
/// another program has written into it meanwhile. A failure prints the seed that finds it again.
/// </summary>
internal sealed class EntryPropertyTests
{
    private const int Iterations = 500;

    private static readonly Gen<string> Space = Gen.OneOf(
        string.Empty, string.Empty, " ", "\t", "  ", "¶", "¶  ", "¶\t\t",
        " /* é */ ", " // 😀 , } \"¶", "¶  // b¶  ", "/**//* , */");

    private static readonly Gen<string> Scalar = Gen.OneOf(
        "1", "-2.5e3", "true", "null", "\"\"", "\"a // b\"",
        "\"\\\"}\\u00e9, é😀\"", "[]", "[1, /* 2 */ 3,]", "[{}, {\"polydev\": [ ]}]");

    private static readonly Gen<string> LineEnd = Gen.OneOf("\n", "\r\n");

    private static readonly Gen<string> JsonFile =
        from servers in Object(Scalar, 3)
        from hasServers in Gen.Bool
        from others in Members(Gen.OneOf(Scalar, Object(Scalar, 2)), 3, "x")
        from isFirst in Gen.Bool
        from afterColon in Gen.OneOf(string.Empty, " ", "¶  ", " /* é */ ")
        from spaces in Space.Array[6]
        from isTrailing in Gen.Bool
        from end in LineEnd
        let own = $"\"mcpServers\":{afterColon}{servers}"
        let all = !hasServers ? others : isFirst ? [own, .. others] : (string[])[.. others, own]
        let inside = string.Join($"{spaces[1]},{spaces[2]}", all) + (isTrailing && all.Length > 0 ? $"{spaces[3]}," : string.Empty)
        select $"{spaces[4]}{{{spaces[5]}{inside}{spaces[3]}}}{spaces[4]}".Replace("¶", end);

    private static readonly Gen<string> TomlLine = Gen.OneOf(
        "", "# é 😀 [mcp_servers.polydev]", "  # b", "\t");

    private static readonly Gen<string> TomlFile =
        from root in TomlLines("k")
        from tables in Gen.Select(
            Gen.OneOf(
                "[t{0}]", "[mcp_servers.s{0}]", "[ mcp_servers . \"p.{0}\" ] # c", "[[array]]",
                "[mcp_servers.s{0}.env]", "  [t{0}.'polydev']"),
            TomlLines("v")).Array[0, 4]
        from isEnded in Gen.Bool
        from end in LineEnd
        let text = string.Concat(root) + string.Concat(tables.Select((table, index) =>
            string.Format(System.Globalization.CultureInfo.InvariantCulture, table.Item1, index) + "¶" + string.Concat(table.Item2)))
        select (isEnded || text.Length == 0 ? text : text[..^1]).Replace("¶", end);

    private static readonly Gen<ServerEntry> Entries = Gen.OneOf(EntryRig.Entry, EntryRig.Elsewhere);

    [Test]
    public void Json_AnyFile_OnlyOurEntryComesAndGoes() => Gen.Select(JsonFile, Entries).Sample((before, entry) =>
    {
        var after = EntryRig.Json.Put(before, entry);
        Assert.Multiple(() =>
        {
            Assert.That(Described(after), Is.EqualTo(Described(before)), after);
            Assert.That(Comments(after), Is.EqualTo(Comments(before)), after);
            Assert.That(Node(after)["mcpServers"]!["polydev"]!["command"]!.GetValue<string>(), Is.EqualTo(entry.Command));
            Assert.That(IsWithin(before, after), after);
            Assert.That(EntryRig.Json.Put(after, entry), Is.EqualTo(after), "the second time");
            Assert.That(EntryRig.Json.Remove(after, before), Is.EqualTo(before), $"taken out of {after}");
        });
    }, iter: Iterations);

    [Test]
    public void Json_WrittenByOthersMeanwhile_LosesOnlyOurs() => Gen.Select(JsonFile, Entries).Sample((before, entry) =>
    {
        // At the start of the outermost object, whose brace is the first.
        string Meanwhile(string text) => text.Insert(text.IndexOf('{') + 1, "\"late\":{ },");
        if (Node(before).Count > 0)
        {
            var after = Meanwhile(EntryRig.Json.Put(before, entry));
            Assert.That(EntryRig.Json.Remove(after, before), Is.EqualTo(Meanwhile(before)), $"taken out of {after}");
        }
    }, iter: Iterations);

    [Test]
    public void Json_ChangedEntry_IsTheOneOfAFreshFile() => JsonFile.Sample(before =>
    {
        var moved = EntryRig.Json.Put(EntryRig.Json.Put(before, EntryRig.Entry), EntryRig.Elsewhere);
        Assert.That(Node(moved).ToJsonString(), Is.EqualTo(Node(EntryRig.Json.Put(before, EntryRig.Elsewhere)).ToJsonString()));
        Assert.That(EntryRig.Json.Remove(moved, before), Is.EqualTo(before));
        Assert.That(EntryRig.Json.Put(moved, EntryRig.Entry), Does.Contain("\"args\"").And.Not.Contain("broker.example"));
    }, iter: Iterations);

    [Test]
    public void Toml_AnyFile_OnlyOurTableComesAndGoes() => Gen.Select(TomlFile, Entries).Sample((before, entry) =>
    {
        if (!IsToml(before))
        {
            return;
        }

        var after = EntryRig.Toml.Put(before, entry);
        Assert.Multiple(() =>
        {
            Assert.That(after, Does.StartWith(before));
            Assert.That(((TomlTable)((TomlTable)Toml(after)["mcp_servers"])["polydev"])["command"], Is.EqualTo(entry.Command));
            Assert.That(EntryRig.Toml.Put(after, entry), Is.EqualTo(after), "the second time");
            Assert.That(EntryRig.Toml.Remove(after, before), Is.EqualTo(before), $"taken out of {after}");
        });
    }, iter: Iterations);

    [Test]
    public void Toml_WrittenByOthersMeanwhile_LosesOnlyOurs() => Gen.Select(TomlFile, Entries).Sample((before, entry) =>
    {
        if (IsToml(before) && (before.Length == 0 || before.EndsWith('\n')))
        {
            const string Late = "\n[projects.\"/late\"]\ntrust_level = \"trusted\"\n";
            var after = "# late\n" + EntryRig.Toml.Put(before, entry) + Late;
            Assert.That(EntryRig.Toml.Remove(after, before), Is.EqualTo($"# late\n{before}{Late}"), $"taken out of {after}");
        }
    }, iter: Iterations);

    [Test]
    public void Files_OfTheGenerators_AreMostlyOfUse()
    {
        var (all, toml, empty, holding) = (0, 0, 0, 0);
        Gen.Select(JsonFile, TomlFile).Sample((json, text) =>
        {
            Interlocked.Increment(ref all);
            _ = IsToml(text) ? Interlocked.Increment(ref toml) : 0;
            _ = Node(json).Count == 0 ? Interlocked.Increment(ref empty) : 0;
            _ = Node(json)["mcpServers"] is JsonObject { Count: > 0 } ? Interlocked.Increment(ref holding) : 0;
        }, iter: Iterations);

        Assert.That(toml, Is.GreaterThan(all / 2));
        Assert.That(empty, Is.GreaterThan(0));
        Assert.That(holding, Is.GreaterThan(all / 5));
    }

    private static Gen<string[]> Members(Gen<string> value, int most, string name) =>
        from values in value.Array[0, most]
        from space in Space
        select values.Select((one, index) => index == 0 ? $"\"{name}{index}\": {one}{space}" : $"\"{name}{index}\":{one}").ToArray();

    private static Gen<string> Object(Gen<string> value, int most) =>
        from members in Members(value, most, "s")
        from spaces in Space.Array[3]
        from isTrailing in Gen.Bool
        let trailing = isTrailing && members.Length > 0 ? "," : string.Empty
        select $"{{{spaces[0]}{string.Join($",{spaces[1]}", members)}{trailing}{spaces[2]}}}";

    private static Gen<string[]> TomlLines(string name) => Gen.OneOf(
        TomlLine,
        Gen.OneOf(
            "{0} = 1", "{0} = 'a' # b", "{0}.\"polydev\" = \"é😀\"",
            "{0} = '''¶[mcp_servers.polydev]¶'''", "{0} = [¶  1, # ]¶]", "  {0} = {{ a = 1 }}"))
        .Array[0, 4]
        .Select(lines => lines.Select((line, index) => line.StartsWith('{') || line.Contains(" = ", StringComparison.Ordinal)
            ? string.Format(System.Globalization.CultureInfo.InvariantCulture, line, $"{name}{index}") + "¶"
            : line + "¶").ToArray());

    // Without our entry, and without the object that may have been made for it.
    private static string Described(string json)
    {
        var node = Node(json);
        if (node["mcpServers"] is JsonObject servers)
        {
            servers.Remove("polydev");
            if (servers.Count == 0)
            {
                node.Remove("mcpServers");
            }
        }

        return node.ToJsonString();
    }

    private static JsonObject Node(string json)
    {
        var options = new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
        return JsonNode.Parse(json, documentOptions: options)!.AsObject();
    }

    private static List<string> Comments(string json)
    {
        var reader = new Utf8JsonReader(
            Encoding.UTF8.GetBytes(json),
            new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Allow });
        var comments = new List<string>();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Comment)
            {
                comments.Add(reader.GetComment());
            }
        }

        return comments;
    }

    // Every character of the first comes in the second, in its order; white space in an object that was empty aside.
    private static bool IsWithin(string before, string after)
    {
        var at = -1;
        return before.Where(c => !char.IsWhiteSpace(c)).All(c => (at = after.IndexOf(c, at + 1)) >= 0);
    }

    private static TomlTable Toml(string text) => TomlSerializer.Deserialize(text, SetupToml.Default.TomlTable)!;

    private static bool IsToml(string text)
    {
        try
        {
            TomlText.Parse(Encoding.UTF8.GetBytes(text));
            return true;
        }
        catch (UnsafeFileException)
        {
            // Some combinations define a table twice.
            return false;
        }
    }
}
