using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>The same small question in each dialect, and where its answers and errors are found.</summary>
internal static class CallShapes
{
    private const string OpenAi = """{"model":"MODEL","stream":STREAM,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Responses = """{"model":"MODEL","stream":STREAM,"input":"hi"}""";
    private const string Completions = """{"model":"MODEL","stream":STREAM,"prompt":"hi"}""";
    private const string Anthropic = """{"model":"MODEL","stream":STREAM,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Gemini = """{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}""";

    /// <summary>Those that have conversations.</summary>
    public static IEnumerable<string> Dialects => Written.Dialects;

    public static IEnumerable<string> All => [.. Dialects, "openai-completions"];

    public static (string Path, string Body) Of(string dialect, string model = "claude-opus-4-6", bool stream = false) => dialect switch
    {
        "openai-chat" => ("chat/completions", Fill(OpenAi, model, stream)),
        "openai-responses" => ("responses", Fill(Responses, model, stream)),
        "openai-completions" => ("completions", Fill(Completions, model, stream)),
        "anthropic" => ("v1/messages", Fill(Anthropic, model, stream)),
        _ => ($"v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}", Gemini),
    };

    /// <summary>What stands in every error body of the dialect's family, with the message behind it.</summary>
    public static string ErrorMark(string dialect) => dialect switch
    {
        "anthropic" => "\"type\":\"error\"",
        "gemini" => "\"status\":\"",
        _ => "\"param\":",
    };

    /// <summary>What stands at the end of every whole stream of the dialect.</summary>
    public static string EndMark(string dialect) => dialect switch
    {
        "openai-chat" or "openai-completions" => "data: [DONE]",
        "openai-responses" => "event: response.completed",
        "anthropic" => "event: message_stop",
        _ => "\"finishReason\":\"STOP\"",
    };

    /// <summary>How an error begins in the middle of a stream of the dialect.</summary>
    public static string ErrorFrame(string dialect) => dialect switch
    {
        "openai-responses" or "anthropic" => "event: error\ndata: {",
        _ => "data: {\"error\":{",
    };

    private static string Fill(string body, string model, bool stream) =>
        body.Replace("MODEL", model).Replace("STREAM", stream ? "true" : "false");
}
