using System.Text.Json;
using CsCheck;

namespace Polydev.Broker.Tests.Properties;

/// <summary>Random texts and JSON as callers and models write them: valid Unicode, and otherwise as odd as it comes.</summary>
internal static class SomeTexts
{
    // What has its own meaning in JSON, in frames of events, in a terminal or in Unicode; and plain letters between.
    private static readonly string[] Odd =
    [
        "a", "word ", "\u00e9", "e\u0301", "\u5c71", "\ud83d\ude00", "\ud83d\udc69\u200d\ud83d\udcbb", "\u202e\u05d0", "\ufeff", "\uffff",
        "\u2028", "\u0085", "\0", "\u001b[31m", "\u007f", "\t", " ", "\n", "\r\n", "\n\n", "\r", "data: ", "event: x\n", ": ", "[DONE]",
        "\"", "\\", "\\u00e9", "\\ud83d", "{\"a\":", "]}", "</script>", "'", "%00", "call_",
    ];

    /// <summary>Such as has more than white space: a blank text is none to the product.</summary>
    public static Gen<string> Text { get; } =
        Gen.OneOf(Odd).Array[1, 8].Select(string.Concat).Where(text => !string.IsNullOrWhiteSpace(text));

    /// <summary>One JSON object as text, with white space and escapes as some write them. Its names are unique.</summary>
    public static Gen<string> JsonObject { get; } = Object(3);

    /// <summary>The same JSON in one form: numbers keep their digits, members their order. What is none stays as it is.</summary>
    public static string Compact(string json)
    {
        try
        {
            return JsonSerializer.Serialize(JsonElement.Parse(json));
        }
        catch (JsonException)
        {
            return json;
        }
    }

    /// <summary>The text in pieces, cut anywhere but inside a surrogate pair, which no JSON text can be cut in.</summary>
    /// <param name="most">Characters of a piece.</param>
    public static IEnumerable<string> Cut(string text, Random random, int most = 5)
    {
        for (int start = 0, length; start < text.Length; start += length)
        {
            length = Math.Min(random.Next(1, most + 1), text.Length - start);
            length += char.IsHighSurrogate(text[start + length - 1]) ? 1 : 0;
            yield return text.Substring(start, length);
        }
    }

    private static Gen<string> Value(int depth)
    {
        // Numbers that a double would not give back are among them.
        var plain = Gen.OneOf(
            Gen.OneOf("null", "true", "false", "0", "-0", "1.50", "1e5", "-12345678901234567890", "0.1000000000000000000001"),
            Text.Select(text => JsonSerializer.Serialize(text)));
        return depth == 0
            ? plain
            : Gen.Frequency<string>(
                (4, plain),
                (1, Value(depth - 1).Array[0, 3].Select(values => $"[{string.Join(" ,", values)}]")),
                (1, Object(depth - 1)));
    }

    private static Gen<string> Object(int depth) => Gen.Select(Text, Value(depth), (name, value) => (name, value)).Array[0, 3]
        .Select(members => members.DistinctBy(member => member.name)
            .Select(member => $"{JsonSerializer.Serialize(member.name)}:\r\n\t{member.value}"))
        .Select(members => $"{{{string.Join(", ", members)}}}");
}
