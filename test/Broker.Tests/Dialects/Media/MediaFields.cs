namespace Polydev.Broker.Tests.Dialects.Media;

/// <summary>The part of <see cref="RequestFields"/> that pictures and documents have.</summary>
internal static class MediaFields
{
    private const string Png = "iVBORw0KGgo=";
    private const string Pdf = "JVBERi0xLjcK";
    private const string Url = "https://pictures.example/a";

    public static IEnumerable<FieldCase> OfAnthropic =>
    [
        new("anthropic", "source,type,media_type,data", Fate.InTheWork, Anthropic(MediaRequests.Part("anthropic", "image/png", Png))),
        new("anthropic", "title", Fate.InTheWork, Anthropic(Document("base64", "\"title\":\"t\""))),
        new("anthropic", "context", Fate.InTheWork, Anthropic(Document("base64", "\"context\":\"c\""))),
        new(
            "anthropic",
            "citations,enabled",
            Fate.InTheWorkAndNamed,
            Anthropic(Document("base64", "\"citations\":{\"enabled\":true}")),
            "messages.content.citations"),
        new("anthropic", "source,content", Fate.InTheWork,
            Anthropic("""{"type":"document","source":{"type":"content","content":"text of a document"}}""")),
        new("anthropic", "source,type,url", Fate.InTheWork, Anthropic(MediaRequests.Address("anthropic", Url))),
        new("anthropic", "source,type", Fate.Refused, Anthropic(Document("file", "\"x\":0")), "messages[0].content[0].source.type"),
    ];

    public static IEnumerable<FieldCase> OfGemini =>
    [
        new(
            "gemini",
            "inlineData,mimeType,data",
            Fate.InTheWork,
            Gemini($$$"""{"inlineData":{"mimeType":"image/png","data":"{{{Png}}}"}}""")),
        new("gemini", "inline_data,mime_type", Fate.InTheWork, Gemini(MediaRequests.Part("gemini", "image/png", Png))),
        new("gemini", "displayName", Fate.InTheWork, Gemini(MediaRequests.Part("gemini", MediaRequests.Pdf, Pdf))),
        new(
            "gemini",
            "display_name",
            Fate.InTheWork,
            Gemini($$$"""{"inlineData":{"mimeType":"image/png","data":"{{{Png}}}","display_name":"n"}}""")),
        new("gemini", "parts", Fate.InTheWork, RequestFields.Gemini(
            MediaRequests.Result("gemini", MediaRequests.Part("gemini", "image/png", Png)))),
        new("gemini", "fileData,fileUri", Fate.InTheWork, Gemini(MediaRequests.Address("gemini", Url))),
        new("gemini", "file_data,file_uri", Fate.InTheWork, Gemini(MediaRequests.Address("gemini", Url, MediaRequests.Pdf))),
    ];

    /// <summary>Both dialects read the parts of both.</summary>
    public static IEnumerable<FieldCase> OfOpenAi(string dialect)
    {
        var source = dialect == "chat" ? "messages" : "input";
        var at = $"{source}[0].content[0]";
        string Body(string part)
        {
            var fields = MediaRequests.Message(dialect, "user", part);
            return dialect == "chat" ? RequestFields.Chat(fields) : RequestFields.Responses(fields);
        }

        yield return new(dialect, "image_url,url", Fate.InTheWork, Body(MediaRequests.Part("chat", "image/png", Png)));
        yield return new(dialect, "image_url", Fate.InTheWork, Body(MediaRequests.Part("responses", "image/png", Png)));
        yield return new(dialect, "file,file_data", Fate.InTheWork, Body(MediaRequests.Part("chat", MediaRequests.Pdf, Pdf)));
        yield return new(dialect, "filename", Fate.InTheWork, Body(MediaRequests.Part("responses", MediaRequests.Pdf, Pdf)));
        yield return new(
            dialect,
            "detail",
            Fate.InTheWorkAndNamed,
            Body($$$"""{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Png}}}","detail":"low"}}"""),
            $"{source}.detail");
        yield return new(
            dialect,
            "detail",
            Fate.InTheWorkAndNamed,
            Body($$"""{"type":"input_image","image_url":"data:image/png;base64,{{Png}}","detail":"high"}"""),
            $"{source}.detail");
        yield return new(dialect, "file_id", Fate.Refused, Body("""{"type":"input_image","file_id":"f"}"""), $"{at}.file_id");
        yield return new(dialect, "file_id", Fate.Refused, Body("""{"type":"file","file":{"file_id":"f"}}"""), $"{at}.file.file_id");
        yield return new(dialect, "file_url", Fate.InTheWork, Body(MediaRequests.Address("responses", Url, MediaRequests.Pdf)));
    }

    private static string Document(string source, string more) => $$$"""
        {"type":"document","source":{"type":"{{{source}}}","media_type":"application/pdf","data":"{{{Pdf}}}"},{{{more}}}}
        """;

    private static string Anthropic(string block) => RequestFields.Anthropic(MediaRequests.Message("anthropic", "user", block));

    private static string Gemini(string part) => RequestFields.Gemini(MediaRequests.Message("gemini", "user", part));
}
