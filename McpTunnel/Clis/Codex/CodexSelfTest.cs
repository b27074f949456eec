using System.Text.Json;
using Polydev.McpTunnel.Clis.SelfTest;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>Codex's part of the self-test, and OpenAI's Responses API as far as it goes there.</summary>
internal sealed class CodexSelfTest : ISelfTestApi
{
    /// <summary>Writes the configuration that names the vendor into the place's home.</summary>
    public static CliSelfTestPlan Plan(CodexCli cli, CliSelfTestPlace place)
    {
        var config = Directory.CreateDirectory(Path.Combine(place.Home, ".codex"));
        File.WriteAllText(Path.Combine(config.FullName, "config.toml"), $"openai_base_url = \"{place.Address}/v1\"\n");
        var patch = $"*** Begin Patch\n*** Add File: {place.Canary}\n+x\n*** End Patch";
        return new CliSelfTestPlan
        {
            Name = "Codex CLI",
            Update = "npm install -g @openai/codex@VERSION",
            Api = new CodexSelfTest(),
            Models = [.. Models(cli.Catalog)],
            Variables = new Dictionary<string, string> { [CodexCli.PathVariable] = cli.FileName, ["OPENAI_API_KEY"] = "sk-self-test" },
            Calls =
            [
                new("exec_command", $$"""{"cmd":{{SelfTestJson.Quote($"touch '{place.Canary}'")}}}"""),
                new("apply_patch", $$"""{"input":{{SelfTestJson.Quote(patch)}}}"""),
                new("view_image", $$"""{"path":{{SelfTestJson.Quote(place.Secret)}}}"""),
            ],
            AsksAgain = true,
        };
    }

    public AskedModel? Read(LoopbackRequest request)
    {
        if (request.Method != "POST" || !request.Resource.EndsWith("/responses", StringComparison.Ordinal))
        {
            return null;
        }

        using var document = JsonDocument.Parse(request.Body);
        var body = document.RootElement;
        var texts = SelfTestJson.Items(body, "input").SelectMany(item => SelfTestJson.Texts(item, "content")
            .Select(text => new AskedText(RoleOf(item), text)));
        return new AskedModel(
            SelfTestJson.Text(body, "model"),
            [.. Tools(body), .. SelfTestJson.Items(body, "input").SelectMany(Tools)],
            [.. SelfTestJson.Texts(body, "instructions").Select(text => new AskedText("system", text)), .. texts],
            request.BodyText);
    }

    public string Write(string model, string text, ForgedCall? call)
    {
        var response = $$"""{"id":"resp_1","object":"response","created_at":1767225600,"model":{{SelfTestJson.Quote(model)}}""";
        var said = $$"""{"type":"output_text","text":{{SelfTestJson.Quote(text)}},"annotations":[]}""";
        List<string> items =
            [$$"""{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{{said}}]}"""];
        var answer = Event("response.created", $$""" "response":{{response}},"status":"in_progress","output":[]}""")
            + Event(
                "response.output_item.added",
                """ "output_index":0,"item":{"type":"message","id":"msg_1","role":"assistant","status":"in_progress","content":[]}""")
            + Event(
                "response.output_text.delta",
                $$""" "output_index":0,"item_id":"msg_1","content_index":0,"delta":{{SelfTestJson.Quote(text)}}""")
            + Event("response.output_item.done", $$""" "output_index":0,"item":{{items[0]}}""");
        if (call is not null)
        {
            items.Add(
                $$"""{"type":"function_call","id":"fc_1","call_id":"call_1","name":{{SelfTestJson.Quote(call.Tool)}},"""
                + $$""" "arguments":{{SelfTestJson.Quote(call.ArgumentsJson)}},"status":"completed"}""");
            answer += Event("response.output_item.added", $$""" "output_index":1,"item":{{items[1]}}""")
                + Event("response.output_item.done", $$""" "output_index":1,"item":{{items[1]}}""");
        }

        const string Usage = """
            "usage":{"input_tokens":1,"input_tokens_details":{"cached_tokens":0},"output_tokens":1,
            "output_tokens_details":{"reasoning_tokens":0},"total_tokens":2}
            """;
        return answer + Event(
            "response.completed", $$""" "response":{{response}},"status":"completed","output":[{{string.Join(',', items)}}],{{Usage}}}""");
    }

    // Two shapes of request: the tools stand in another place for models whose metadata ask for it.
    private static IEnumerable<string> Models(CodexCatalog catalog) =>
        catalog.Models.GroupBy(model => model.UsesResponsesLite).Select(models => models.First().Slug);

    private static string RoleOf(JsonElement item) => SelfTestJson.Text(item, "role") switch
    {
        "developer" => "system",
        var role => role,
    };

    // One without a name goes by its type; a namespace has tools of its own.
    private static IEnumerable<string> Tools(JsonElement owner) => SelfTestJson.Items(owner, "tools").SelectMany(tool =>
        SelfTestJson.Text(tool, "type") == "namespace" ? Tools(tool)
        : SelfTestJson.Text(tool, "name") is { Length: > 0 } name ? [name]
        : [SelfTestJson.Text(tool, "type")]);

    private static string Event(string type, string members) =>
        $$"""
        event: {{type}}
        data: {"type":"{{type}}",{{members.ReplaceLineEndings(string.Empty)}}}


        """;
}
