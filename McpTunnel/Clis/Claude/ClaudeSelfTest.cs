using System.Text.Json;
using Polydev.McpTunnel.Clis.SelfTest;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Claude Code's part of the self-test, and Anthropic's Messages API as far as it goes there.</summary>
internal sealed class ClaudeSelfTest : ISelfTestApi
{
    private const string Model = "claude-haiku-4-5-20251001";

    /// <param name="isBare">True where the user's login lets a session have <c>--bare</c>: the lock is another one without it.</param>
    public static CliSelfTestPlan Plan(ClaudeCli cli, bool isBare, CliSelfTestPlace place)
    {
        var (canary, secret) = (SelfTestJson.Quote(place.Canary), SelfTestJson.Quote(place.Secret));
        return new CliSelfTestPlan
        {
            Name = $"Claude Code {cli.Version}",
            Update = "claude update, or npm install -g @anthropic-ai/claude-code@VERSION",
            Api = new ClaudeSelfTest(),
            Models = [Model],
            Variables = new Dictionary<string, string>
            {
                [ClaudeCli.PathVariable] = cli.Path,
                ["ANTHROPIC_BASE_URL"] = place.Address,
                [isBare ? "ANTHROPIC_API_KEY" : "CLAUDE_CODE_OAUTH_TOKEN"] = isBare ? "sk-ant-self-test" : "sk-ant-oat01-self-test",
            },
            Calls =
            [
                new("Bash", $$"""{"command":{{SelfTestJson.Quote($"touch '{place.Canary}'")}},"description":"x"}"""),
                new("Write", $$"""{"file_path":{{canary}},"content":"x"}"""),
                new("Read", $$"""{"file_path":{{secret}}}"""),
            ],
        };
    }

    public AskedModel? Read(LoopbackRequest request)
    {
        if (request.Method != "POST" || !request.Resource.EndsWith("/messages", StringComparison.Ordinal))
        {
            return null;
        }

        using var document = JsonDocument.Parse(request.Body);
        var body = document.RootElement;
        var messages = SelfTestJson.Items(body, "messages").SelectMany(message => SelfTestJson.Texts(message, "content")
            .Select(text => new AskedText(SelfTestJson.Text(message, "role"), text)));
        return new AskedModel(
            SelfTestJson.Text(body, "model"),
            [.. SelfTestJson.Items(body, "tools").Concat(SelfTestJson.Items(body, "mcp_servers")).Select(NameOf)],
            [.. SelfTestJson.Texts(body, "system").Select(text => new AskedText("system", text)), .. messages],
            request.BodyText);
    }

    public string Write(string model, string text, ForgedCall? call)
    {
        var (name, said) = (SelfTestJson.Quote(model), SelfTestJson.Quote(text));
        var start = $$$$"""
            {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":{{{{name}}}},"content":[],
            "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}
            """;
        var block = call is null ? string.Empty : Block(
            1,
            $$$"""{"type":"tool_use","id":"toolu_1","name":{{{SelfTestJson.Quote(call.Tool)}}},"input":{}}""",
            $$"""{"type":"input_json_delta","partial_json":{{SelfTestJson.Quote(call.ArgumentsJson)}}}""");
        var end = $$$"""
            {"type":"message_delta","delta":{"stop_reason":"{{{(call is null ? "end_turn" : "tool_use")}}}","stop_sequence":null},
            "usage":{"output_tokens":2}}
            """;
        return Event("message_start", start)
            + Block(0, """{"type":"text","text":""}""", $$"""{"type":"text_delta","text":{{said}}}""")
            + block
            + Event("message_delta", end)
            + Event("message_stop", """{"type":"message_stop"}""");
    }

    private static string Block(int index, string begin, string delta) =>
        Event("content_block_start", $$"""{"type":"content_block_start","index":{{index}},"content_block":{{begin}}}""")
        + Event("content_block_delta", $$"""{"type":"content_block_delta","index":{{index}},"delta":{{delta}}}""")
        + Event("content_block_stop", $$"""{"type":"content_block_stop","index":{{index}}}""");

    private static string Event(string name, string json) => $"event: {name}\ndata: {json.ReplaceLineEndings(string.Empty)}\n\n";

    // A vendor's built-in tool may have no name.
    private static string NameOf(JsonElement tool) =>
        SelfTestJson.Text(tool, "name") is { Length: > 0 } name ? name : SelfTestJson.Text(tool, "type");
}
