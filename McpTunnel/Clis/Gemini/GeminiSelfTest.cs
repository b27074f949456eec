using System.Text.Json;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>Gemini CLI's part of the self-test, and Google's generateContent as far as it goes there.</summary>
internal sealed class GeminiSelfTest : ISelfTestApi
{
    public static CliSelfTestPlan Plan(GeminiCli cli, CliSelfTestPlace place)
    {
        var (canary, secret) = (SelfTestJson.Quote(place.Canary), SelfTestJson.Quote(place.Secret));
        return new CliSelfTestPlan
        {
            Name = $"Gemini CLI {cli.Version}".TrimEnd(),
            Update = "npm install -g @google/gemini-cli@VERSION",
            Api = new GeminiSelfTest(),
            Models = [KnownModels.DefaultGemini],
            Variables = new Dictionary<string, string>
            {
                [GeminiCli.PathVariable] = cli.Script,
                [GeminiCli.NodeVariable] = cli.Node,
                ["GEMINI_API_KEY"] = "self-test",
                ["GOOGLE_GEMINI_BASE_URL"] = place.Address,
            },
            Calls =
            [
                new("run_shell_command", $$"""{"command":{{SelfTestJson.Quote($"touch '{place.Canary}'")}}}"""),
                new("write_file", $$"""{"file_path":{{canary}},"content":"x"}"""),
                new("read_file", $$"""{"file_path":{{secret}},"absolute_path":{{secret}}}"""),
            ],
        };
    }

    public AskedModel? Read(LoopbackRequest request)
    {
        var resource = request.Resource;
        var colon = resource.LastIndexOf(':');
        if (request.Method != "POST" || colon < 0 || resource[colon..] is not (":streamGenerateContent" or ":generateContent"))
        {
            return null;
        }

        using var document = JsonDocument.Parse(request.Body);
        var body = document.RootElement;
        var system = SelfTestJson.Member(body, "systemInstruction") is { } instruction ? SelfTestJson.Texts(instruction, "parts") : [];
        var contents = SelfTestJson.Items(body, "contents").SelectMany(content => SelfTestJson.Texts(content, "parts")
            .Select(text => new AskedText(RoleOf(content), text)));
        return new AskedModel(
            resource[(resource.LastIndexOf('/') + 1)..colon],
            [.. SelfTestJson.Items(body, "tools").SelectMany(Tools)],
            [.. system.Select(text => new AskedText("system", text)), .. contents],
            request.BodyText);
    }

    public string Write(string model, string text, ForgedCall? call)
    {
        var name = SelfTestJson.Quote(model);
        var end = """
            "finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}
            """;
        return Chunk(name, $$"""{"text":{{SelfTestJson.Quote(text)}}}""", "\"index\":0}]")
            + (call is null ? string.Empty : Chunk(name, Call(call), "\"index\":0}]"))
            + Chunk(name, string.Empty, $"\"index\":0,{end}");
    }

    private static string Call(ForgedCall call) =>
        $$$"""{"functionCall":{"id":"call_1","name":{{{SelfTestJson.Quote(call.Tool)}}},"args":{{{call.ArgumentsJson}}}}}""";

    private static string Chunk(string model, string part, string end) =>
        $$"""data: {"candidates":[{"content":{"role":"model","parts":[{{part}}]},{{end}},"modelVersion":{{model}},"responseId":"r1"}"""
        + "\r\n\r\n";

    private static string RoleOf(JsonElement content) => SelfTestJson.Text(content, "role") == "model" ? "assistant" : "user";

    // Functions by name; Google's own tools (googleSearch) by their field.
    private static IEnumerable<string> Tools(JsonElement tool) => tool.ValueKind != JsonValueKind.Object
        ? ["one of an unknown form"]
        : tool.EnumerateObject().SelectMany(Tools);

    private static IEnumerable<string> Tools(JsonProperty field) => field.Name == "functionDeclarations"
        ? field.Value.ValueKind == JsonValueKind.Array ? field.Value.EnumerateArray().Select(NameOf) : [field.Name]
        : [field.Name];

    private static string NameOf(JsonElement function) => SelfTestJson.Text(function, "name");
}
