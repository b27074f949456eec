using System.Text.RegularExpressions;
using CsCheck;

namespace Polydev.McpTunnel.Tests.Clis.Output;

/// <summary>
/// What a CLI may write in one turn: its own lines in their order, some of them missing, twice, elsewhere, of another value, cut or no
/// JSON at all.
/// </summary>
internal static partial class SomeCliLines
{
    // Half a surrogate pair in letters is what Node writes of a text that was cut in two; 1e999 is JSON, and no double.
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1.5", "1e999", "18446744073709551616", "\"\"", "\"x\"", "\"\\ud83d\"", "\"\\u0000\"", "[]", "{}",
        "[[{}]]", "{\"type\":\"text\",\"text\":\"y\"}", "\"tool_use\"", "\"client__get_weather\"", "\"mcp__client__get_weather\"",
    ];

    private static readonly string[] Garbage =
    [
        "", " ", "null", "[]", "{}", "warning: something", "{\"", "\ufeff{}", "\0",
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"fs/read\"}",
    ];

    /// <param name="turn">A whole turn.</param>
    public static Gen<string[]> Of(string[] turn) =>
        Gen.Select(Gen.Int[0, 4], Gen.Int).Select((changes, seed) => Changed(turn, changes, new Random(seed)));

    private static string[] Changed(string[] turn, int changes, Random random)
    {
        var lines = turn.ToList();
        for (; changes > 0 && lines.Count > 0; changes--)
        {
            var place = random.Next(lines.Count);
            var line = lines[place];
            switch (random.Next(7))
            {
                case 0:
                    lines.RemoveAt(place);
                    break;
                case 1:
                    lines.Insert(random.Next(lines.Count), line);
                    break;
                case 2:
                    lines.RemoveAt(place);
                    lines.Insert(random.Next(lines.Count + 1), line);
                    break;
                case 3:
                    lines.Insert(place, Garbage[random.Next(Garbage.Length)]);
                    break;
                case 4:
                    lines[place] = line[..random.Next(line.Length + 1)];
                    break;
                default:
                    lines[place] = WithAnotherValue(line, random);
                    break;
            }
        }

        return [.. lines];
    }

    // A name in its place is a line of another shape.
    private static string WithAnotherValue(string line, Random random)
    {
        var values = Literal().Matches(line);
        if (values.Count == 0)
        {
            return line;
        }

        var value = values[random.Next(values.Count)];
        return string.Concat(line.AsSpan(0, value.Index), Values[random.Next(Values.Length)], line.AsSpan(value.Index + value.Length));
    }

    [GeneratedRegex("""
        "(\\.|[^"\\])*"|-?[0-9]+|true|false|null|\[\]|\{\}
        """)]
    private static partial Regex Literal();
}
