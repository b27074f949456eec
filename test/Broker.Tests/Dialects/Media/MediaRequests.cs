namespace Polydev.Broker.Tests.Dialects.Media;

/// <summary>Requests with pictures and documents, in each dialect: a user's, or in the result of a tool.</summary>
internal static class MediaRequests
{
    public const string Pdf = "application/pdf";

    /// <summary>The name of each document's file.</summary>
    public const string Title = "f.pdf";

    public static string Part(string dialect, string type, byte[] data) => Part(dialect, type, Convert.ToBase64String(data));

    public static string Part(string dialect, string type, string data) => (dialect, type) switch
    {
        ("chat", Pdf) => $$$"""{"type":"file","file":{"file_data":"data:{{{type}}};base64,{{{data}}}","filename":"{{{Title}}}"}}""",
        ("chat", _) => $$$"""{"type":"image_url","image_url":{"url":"data:{{{type}}};base64,{{{data}}}"}}""",
        ("responses", Pdf) => $$"""{"type":"input_file","file_data":"data:{{type}};base64,{{data}}","filename":"{{Title}}"}""",
        ("responses", _) => $$"""{"type":"input_image","image_url":"data:{{type}};base64,{{data}}"}""",
        ("anthropic", Pdf) =>
            $$$"""{"type":"document","title":"{{{Title}}}","source":{"type":"base64","media_type":"{{{type}}}","data":"{{{data}}}"}}""",
        ("anthropic", _) => $$$"""{"type":"image","source":{"type":"base64","media_type":"{{{type}}}","data":"{{{data}}}"}}""",
        (_, Pdf) => $$$"""{"inlineData":{"mimeType":"{{{type}}}","data":"{{{data}}}","displayName":"{{{Title}}}"}}""",
        _ => $$$"""{"inline_data":{"mime_type":"{{{type}}}","data":"{{{data}}}"}}""",
    };

    /// <summary>A picture or a document by its address.</summary>
    public static string Address(string dialect, string url, string type = "image/png") => (dialect, type) switch
    {
        ("chat", Pdf) => $$$"""{"type":"file","file":{"file_url":"{{{url}}}","filename":"{{{Title}}}"}}""",
        ("chat", _) => $$$"""{"type":"image_url","image_url":{"url":"{{{url}}}"}}""",
        ("responses", Pdf) => $$"""{"type":"input_file","file_url":"{{url}}","filename":"{{Title}}"}""",
        ("responses", _) => $$"""{"type":"input_image","image_url":"{{url}}"}""",
        ("anthropic", Pdf) => $$$"""{"type":"document","title":"{{{Title}}}","source":{"type":"url","url":"{{{url}}}"}}""",
        ("anthropic", _) => $$$"""{"type":"image","source":{"type":"url","url":"{{{url}}}"}}""",
        (_, Pdf) => $$$"""{"file_data":{"file_uri":"{{{url}}}","mime_type":"{{{type}}}","display_name":"{{{Title}}}"}}""",
        _ => $$$"""{"fileData":{"fileUri":"{{{url}}}","mimeType":"{{{type}}}"}}""",
    };

    /// <summary>Where the address of a user's part stands.</summary>
    public static string PathOfAddress(string dialect, int index, string type = "image/png") =>
        PathOf(dialect, index, type).Replace("file_data", "file_url").Replace("source.data", "source.url")
            .Replace("inline_data.data", "fileData.fileUri").Replace("inlineData.data", "file_data.file_uri");

    public static string Text(string dialect, string text) => dialect switch
    {
        "gemini" => $$"""{"text":"{{text}}"}""",
        "responses" => $$"""{"type":"input_text","text":"{{text}}"}""",
        _ => $$"""{"type":"text","text":"{{text}}"}""",
    };

    /// <summary>The fields of a request whose one message is of this role.</summary>
    public static string Message(string dialect, string role, params string[] parts)
    {
        var list = string.Join(',', parts);
        return dialect switch
        {
            "gemini" => $$"""
                "contents":[{"role":"{{(role == "assistant" ? "model" : role)}}","parts":[{{list}}]},{"parts":[{"text":"q"}]}]
                """,
            _ => $$"""
                "{{Source(dialect)}}":[{"role":"{{role}}","content":[{{list}}]}]
                """,
        };
    }

    /// <summary>The fields of a request whose system text has this part.</summary>
    public static string System(string dialect, string part) => dialect switch
    {
        "anthropic" => $"\"system\":[{part}]",
        "gemini" => $$"""
            "systemInstruction":{"parts":[{{part}}]}
            """,
        _ => Message(dialect, "system", part),
    };

    /// <summary>The fields of a request that ends with a tool's result.</summary>
    public static string Result(string dialect, params string[] parts)
    {
        var list = string.Join(',', parts);
        return dialect switch
        {
            "chat" => $$$"""
                "messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},
                {"role":"tool","tool_call_id":"c","content":[{{{list}}}]}]
                """,
            "responses" => $$"""
                "input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
                {"type":"function_call_output","call_id":"c","output":[{{list}}]}]
                """,
            "anthropic" => $$$"""
                "messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{{{list}}}]}]}]
                """,
            _ => $$$"""
                "contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]},
                {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":1},"parts":[{{{list}}}]}}]}]
                """,
        };
    }

    /// <summary>Where the data of a user's part stands.</summary>
    public static string PathOf(string dialect, int index, string type = "image/png") =>
        $"{Source(dialect)}[0].{(dialect == "gemini" ? "parts" : "content")}[{index}].{DataOf(dialect, type)}";

    /// <summary>Where the type of a user's part stands.</summary>
    public static string PathOfType(string dialect, int index, string type = "image/png") =>
        PathOf(dialect, index, type).Replace(".source.data", ".source.media_type").Replace("inline_data.data", "inline_data.mime_type");

    /// <summary>Where the data of a result's part stands.</summary>
    public static string PathInResult(string dialect, int index, string type = "image/png") => dialect switch
    {
        "chat" => $"messages[1].content[{index}].",
        "responses" => $"input[1].output[{index}].",
        "anthropic" => $"messages[1].content[0].content[{index}].",
        _ => $"contents[1].parts[0].functionResponse.parts[{index}].",
    } + DataOf(dialect, type);

    /// <summary>Where a whole request of the dialect goes, and what it is.</summary>
    public static (string Path, string Body) Post(string dialect, string fields)
    {
        var named = $"\"model\":\"claude-x\",{fields}";
        return dialect switch
        {
            "chat" => ("chat/completions", RequestFields.Chat(named)),
            "responses" => ("responses", RequestFields.Responses(named)),
            "anthropic" => ("messages", RequestFields.Anthropic(named)),
            _ => ("google/generate", RequestFields.Gemini(named)),
        };
    }

    private static string Source(string dialect) => dialect switch { "responses" => "input", "gemini" => "contents", _ => "messages" };

    private static string DataOf(string dialect, string type) => (dialect, type) switch
    {
        ("chat", Pdf) => "file.file_data",
        ("chat", _) => "image_url.url",
        ("responses", Pdf) => "file_data",
        ("responses", _) => "image_url",
        ("anthropic", _) => "source.data",
        (_, Pdf) => "inlineData.data",
        _ => "inline_data.data",
    };
}
