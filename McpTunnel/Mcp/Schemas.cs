using System.Text.Json;

namespace Polydev.McpTunnel.Mcp;

/// <summary>The JSON Schemas of the tools, written out: what a client shows is what stands here.</summary>
internal static class Schemas
{
    private const string Cli =
        """
        {"type":"object","required":["provider","state","models"],"properties":{
          "provider":{"type":"string"},
          "state":{"type":"string","enum":["ready","testing","not_logged_in","unusable","not_installed"]},
          "version":{"type":"string"},
          "models":{"type":"array","items":{"type":"string"}},
          "hint":{"type":"string","description":"What is missing and how to get it."},
          "login":{"type":"string","enum":["subscription","api_key","cloud"]},
          "windows":{"type":"array","description":"The vendor's usage windows of a subscription, as it last told them.","items":{
            "type":"object","required":["label","used_percent"],"properties":{
              "label":{"type":"string"},"used_percent":{"type":"number"},
              "resets_at":{"type":"string","format":"date-time"},"as_of":{"type":"string","format":"date-time"}}}},
          "overage":{"type":"object","required":["state","allowed"],"properties":{
            "state":{"type":"string","enum":["unknown","off","available","in_use"],"description":"in_use: what is asked now is paid."},
            "allowed":{"type":"boolean"},
            "ends_at":{"type":"string","format":"date-time"},"as_of":{"type":"string","format":"date-time"}}},
          "reserve_percent":{"type":"integer","description":"Of each window, kept back for the person."},
          "refusal":{"type":"string","description":"Why calls are refused now, and until when."},
          "in_use":{"type":"integer","description":"Calls that it answers now."}}}
        """;

    private const string WhichModels = "Model ids to ask, such as claude-opus-4-6, gpt-5.3-codex or gemini-2.5-pro; "
        + "list_models names them. Left out: the first model of each CLI that is ready.";

    public static JsonElement NoArguments { get; } = Parse("""{"type":"object","properties":{},"additionalProperties":false}""");

    public static JsonElement PerspectivesInput { get; } = Parse(
        $$"""
        {"type":"object","required":["prompt"],"properties":{
          "prompt":{"type":"string","minLength":1,
            "description":"The question, whole: the models see nothing of this conversation, of files or of the project."},
          "models":{"type":"array","items":{"type":"string"},"maxItems":16,"description":"{{WhichModels}}"},
          "system":{"type":"string","description":"A system prompt for all of them."} } }
        """);

    public static JsonElement PerspectivesOutput { get; } = Parse(
        """
        {"type":"object","required":["answers"],"properties":{"answers":{"type":"array","items":{
          "type":"object","required":["model","text"],"properties":{
            "model":{"type":"string"},
            "provider":{"type":"string"},
            "text":{"type":"string"},
            "usage":{"type":"object","required":["input_tokens","output_tokens"],"properties":{
              "input_tokens":{"type":"integer"},"output_tokens":{"type":"integer"}}},
            "error":{"type":"object","required":["kind","message"],"properties":{
              "kind":{"type":"string"},"message":{"type":"string"}}}}}}}}
        """);

    public static JsonElement CliStatusOutput { get; } = Parse(
        $$"""{"type":"object","required":["clis"],"properties":{"clis":{"type":"array","items":{{Cli}} } } }""");

    public static JsonElement ModelsOutput { get; } = Parse(
        """
        {"type":"object","required":["models"],"properties":{"models":{"type":"array","items":{
          "type":"object","required":["id","display_name","provider","ready"],"properties":{
            "id":{"type":"string"},"display_name":{"type":"string"},"provider":{"type":"string"},"ready":{"type":"boolean"}}}}}}
        """);

    public static JsonElement StatusOutput { get; } = Parse(
        $$"""
        {"type":"object","required":["version","process","tunnel","clis","slots","running","missing"],"properties":{
          "version":{"type":"string"},
          "tunnel":{"type":"object","required":["state","since","broker","connections","answered","failed"],"properties":{
            "state":{"type":"string"},"since":{"type":"string","format":"date-time"},"broker":{"type":"string"},"error":{"type":"string"},
            "connections":{"type":"integer"},"answered":{"type":"integer"},"failed":{"type":"integer"} } },
          "process":{"type":"object","required":["id","machine","since"],"properties":{
            "id":{"type":"integer"},"machine":{"type":"string"},"since":{"type":"string","format":"date-time"} } },
          "clis":{"type":"array","items":{{Cli}}},
          "slots":{"type":"object","required":["places","in_use","waiting"],"properties":{
            "places":{"type":"integer"},"in_use":{"type":"integer"},"waiting":{"type":"integer"} } },
          "running":{"type":"array","items":{"type":"object","required":["provider","model","seconds"],"properties":{
            "provider":{"type":"string"},"model":{"type":"string"},"seconds":{"type":"number"} } } },
          "missing":{"type":"array","items":{"type":"string"},"description":"What is not there yet, and how to get it."} } }
        """);

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
