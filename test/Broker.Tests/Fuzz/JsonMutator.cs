namespace Polydev.Broker.Tests.Fuzz;

/// <summary>Bends a body where its structure is: one random change at a time, at any path.</summary>
internal sealed class JsonMutator(Random random)
{
    private const int MostBytes = 400_000;

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "-0", "0.5", "1e999", "-1e999", "1e-999", "2147483648", "9007199254740993",
        "99999999999999999999999999", "1.7976931348623157e308", "[]", "{}", "[[]]", "[null]", "[{}]", "{\"\":\"\"}", "{\"type\":\"text\"}",
        "\"\"", "\" \"", "\"0.7\"", "\"user\"", "\"model\"", "\"tool\"", "\"system\"", "\"text\"", "\"tool_use\"", "\"function_call\"",
        "\"none\"", "\"[]\"", "\"{\"", "\"{\\\"a\\\":1}\"", "\"\\u0000\"", "\"\\u0007\\u001b[31m\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
        "\"\\ud83d\\ude00\"", "\"\u202e\u2028\uFEFF\"", "\"é\"", "\"../../etc/passwd\"", "\"a\\nb\\r\\n\\r\\ndata: x\"",
    ];

    private static readonly string[] NoJson =
    [
        "NaN", "Infinity", "'x'", "undefined", "tru", "\"", "{", "]", "01", "+1", ".5", "1.", "0x10", "\"\\x\"", "\"\\u12\"", "/**/1", "",
        "\"a\nb\"",
    ];

    private static readonly string[] Names =
    [
        "\"\"", "\"model\"", "\"messages\"", "\"input\"", "\"contents\"", "\"content\"", "\"parts\"", "\"role\"", "\"type\"", "\"text\"",
        "\"stream\"", "\"\\ud800\"", "\"\\u0000\"", "\"é\"", "\"$type\"", "\"__proto__\"", "a", "\"a", "",
    ];

    public void Change(JsonTree body)
    {
        var nodes = body.Nodes();

        // What is done to the body itself, one answer serves.
        var node = nodes[random.Next(20) == 0 ? 0 : random.Next(Math.Min(1, nodes.Count - 1), nodes.Count)];
        switch (random.Next(12))
        {
            case 0 or 1 or 2 or 3:
                node.Become(JsonTree.Raw(Value()));
                break;
            case 4 when node.Children > 0:
                node.Remove(random.Next(node.Children));
                break;
            case 5 when node.Children > 0:
                node.Repeat(random.Next(node.Children), random.Next(50) == 0 ? MostBytes / body.ToString().Length : random.Next(1, 4));
                break;
            case 6 when node.IsObject && node.Children > 0:
                node.Rename(random.Next(node.Children), random.Next(10) == 0 ? Long() : Names[random.Next(Names.Length)]);
                break;
            case 7 when node.Children > 1:
                node.Swap(random.Next(node.Children), random.Next(node.Children));
                break;
            case 8 when node.IsObject:
                node.Add("x_unheard_of", JsonTree.Raw(Value()));
                break;
            case 9:
                node.Become(nodes[random.Next(nodes.Count)].Copy());
                break;
            case 10:
                node.WrapInArray();
                break;
            default:
                node.Become(JsonTree.Raw(Value()));
                break;
        }
    }

    private string Value() => random.Next(20) switch
    {
        0 => Long(),
        1 => Nested(),
        2 => NoJson[random.Next(NoJson.Length)],
        _ => Values[random.Next(Values.Length)],
    };

    // Around the bounds of ids, names and models, and far beyond.
    private string Long()
    {
        int[] lengths = [200, 201, 256, 257, 512, 513, 1_000, 1_001, 5_000, random.Next(30_000)];
        var letter = random.Next(4) switch { 0 => "é", 1 => "\\u0041", 2 => "😀", _ => "a" };
        return $"\"{string.Concat(Enumerable.Repeat(letter, lengths[random.Next(lengths.Length)]))}\"";
    }

    // As deep as is read, a level deeper, far deeper; whole or cut, as JSON or as a text of JSON.
    private string Nested()
    {
        int[] depths = [60, 64, 120, 126, 127, 128, 129, 1_000, 5_000];
        var depth = depths[random.Next(depths.Length)];
        var (open, inner, close) = random.Next(2) == 0 ? ("[", string.Empty, "]") : ("{\"a\":", "1", "}");
        var end = random.Next(8) == 0 ? depth / 2 : depth;
        var json = string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, end));
        return random.Next(2) == 0 ? json : $"\"{{\\\"a\\\":{json.Replace("\"", "\\\"")}}}\"";
    }
}
