using Polydev.EndToEnd.Tests.Media;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Evidence = Polydev.EndToEnd.Tests.Compatibility.CompatibilityEvidence;
using Model = Polydev.EndToEnd.Tests.Compatibility.CompatibilityModel;

namespace Polydev.EndToEnd.Tests.Compatibility;

/// <summary>
/// A thing that callers ask for: the fields of each dialect's body that ask for it, and what shows that it was done. The fields stand in
/// the place of those of a plain question.
/// </summary>
/// <param name="Name">As the table calls it.</param>
internal sealed record CompatibilityFeature(string Name)
{
    /// <summary>Of a request that asks for it, and does not only have to say one.</summary>
    public const string AnthropicLimit = "\"max_tokens\":500";

    public const string Question = "Hello, JSON.";
    public const string System = "Be brief.";
    public const string Turns = "Hello.";
    public const string Stop = "END";
    public const int Limit = 500;

    public const string JsonTool = "get_weather";
    public const string TextTool = "edit_text";

    private const string Tool = $"\"name\":\"{JsonTool}\",\"description\":\"Tells the weather.\"";
    private const string Schema =
        """{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false}""";

    private const string ChatTool = $$$"""
        "tools":[{"type":"function","function":{{{{Tool}}},"parameters":{{{Schema}}}}}]
        """;

    private const string ResponsesTool = $$$"""
        "tools":[{"type":"function",{{{Tool}}},"parameters":{{{Schema}}}}]
        """;

    private const string AnthropicTool = $$$"""
        "tools":[{{{{Tool}}},"input_schema":{{{Schema}}}}]
        """;

    private const string GeminiTool = $$$"""
        "tools":[{"functionDeclarations":[{{{{Tool}}},"parametersJsonSchema":{{{Schema}}}}]}]
        """;

    private static readonly string Png = Convert.ToBase64String(Noise.Png(16));
    private static readonly string Pdf = Convert.ToBase64String(Noise.Pdf(100));

    /// <summary>Null: the dialect has no word for it.</summary>
    public string? Chat { get; init; }

    public string? Responses { get; init; }

    public string? Anthropic { get; init; }

    public string? Gemini { get; init; }

    /// <summary>The answer is streamed; Google's by its address.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>True where a call that was answered without a word in a header was answered rightly.</summary>
    public required Func<CompatibilitySight, bool> IsSeen { get; init; }

    /// <summary>To each request of a CLI, and whether it is the call's first.</summary>
    public Func<ProviderRequest, bool, ProviderScript> Says { get; init; } = Model.Obeys;

    /// <summary>The answer is looked up again at its address.</summary>
    public bool IsLookedUp { get; init; }

    public static IReadOnlyList<CompatibilityFeature> All { get; } =
    [
        new("Plain text") { Chat = "", Responses = "", Anthropic = "", Gemini = "", IsSeen = Evidence.Question },
        new("Streamed")
        {
            Chat = "\"stream\":true", Responses = "\"stream\":true", Anthropic = "\"stream\":true", Gemini = "", IsStreamed = true,
            IsSeen = Evidence.Stream,
        },
        new("System text")
        {
            Chat = """ "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello."}] """,
            Responses = "\"instructions\":\"Be brief.\"",
            Anthropic = "\"system\":\"Be brief.\"",
            Gemini = """ "systemInstruction":{"parts":[{"text":"Be brief."}]} """,
            IsSeen = Evidence.SystemText,
        },
        new("A conversation")
        {
            Chat = $"\"messages\":[{Turn("user")},{Turn("assistant")},{Turn("user")}]",
            Responses = $"\"input\":[{Turn("user")},{Turn("assistant")},{Turn("user")}]",
            Anthropic = $"\"messages\":[{Turn("user")},{Turn("assistant")},{Turn("user")}]",
            Gemini = $"\"contents\":[{Content("user")},{Content("model")},{Content("user")}]",
            IsSeen = Evidence.Turns,
        },
        new("It ends with the assistant")
        {
            Chat = $"\"messages\":[{Turn("user")},{Turn("assistant")}]",
            Responses = $"\"input\":[{Turn("user")},{Turn("assistant")}]",
            Anthropic = $"\"messages\":[{Turn("user")},{Turn("assistant")}]",
            Gemini = $"\"contents\":[{Content("user")},{Content("model")}]",
            IsSeen = Evidence.Prefill,
        },
        new("Limit of the answer")
        {
            Chat = "\"max_completion_tokens\":500", Responses = "\"max_output_tokens\":500", Anthropic = AnthropicLimit,
            Gemini = Config("\"maxOutputTokens\":500"),
            IsSeen = Evidence.Limit, Says = Model.GoesOn,
        },
        new("Temperature")
        {
            Chat = "\"temperature\":0.5", Responses = "\"temperature\":0.5", Anthropic = "\"temperature\":0.5",
            Gemini = Config("\"temperature\":0.5"),
            IsSeen = Evidence.Number("temperature", "temperature", 0.5),
        },
        new("Top-p")
        {
            Chat = "\"top_p\":0.5", Responses = "\"top_p\":0.5", Anthropic = "\"top_p\":0.5", Gemini = Config("\"topP\":0.5"),
            IsSeen = Evidence.Number("top_p", "topP", 0.5),
        },
        new("Top-k") { Anthropic = "\"top_k\":5", Gemini = Config("\"topK\":5"), IsSeen = Evidence.Number("top_k", "topK", 5) },
        new("Stop sequences")
        {
            Chat = "\"stop\":[\"END\"]", Anthropic = "\"stop_sequences\":[\"END\"]", Gemini = Config("\"stopSequences\":[\"END\"]"),
            IsSeen = Evidence.Stop, Says = Model.PassesTheStop,
        },
        new("Seed") { Chat = "\"seed\":5", Gemini = Config("\"seed\":5"), IsSeen = Evidence.Number("seed", "seed", 5) },
        new("Penalties")
        {
            Chat = "\"frequency_penalty\":1", Gemini = Config("\"frequencyPenalty\":1"),
            IsSeen = Evidence.Number("frequency_penalty", "frequencyPenalty", 1),
        },
        new("How much it thinks")
        {
            Chat = "\"reasoning_effort\":\"low\"", Responses = "\"reasoning\":{\"effort\":\"low\"}",
            Anthropic = "\"max_tokens\":9000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}",
            Gemini = Config("\"thinkingConfig\":{\"thinkingBudget\":2000}"),
            IsSeen = Evidence.Effort,
        },
        new("Its thoughts")
        {
            Chat = "\"reasoning_effort\":\"low\"", Responses = "\"reasoning\":{\"summary\":\"auto\"}",
            Anthropic = "\"max_tokens\":9000,\"thinking\":{\"type\":\"adaptive\"}",
            Gemini = Config("\"thinkingConfig\":{\"includeThoughts\":true}"),
            IsSeen = Evidence.Thoughts, Says = Model.Thinks,
        },
        new("Thoughts that go back")
        {
            Responses = "\"reasoning\":{\"summary\":\"auto\"},\"include\":[\"reasoning.encrypted_content\"]",
            IsSeen = Evidence.ThoughtsToSendBack, Says = Model.Thinks,
        },
        new("The caller's tools")
        {
            Chat = ChatTool, Responses = ResponsesTool, Anthropic = AnthropicTool, Gemini = GeminiTool,
            IsSeen = Evidence.Tools,
        },
        new("A call is forced")
        {
            Chat = ChatTool + ",\"tool_choice\":\"required\"",
            Responses = ResponsesTool + ",\"tool_choice\":\"required\"",
            Anthropic = AnthropicTool + ",\"tool_choice\":{\"type\":\"any\"}",
            Gemini = GeminiTool + ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}",
            IsSeen = Evidence.RequiredCall, Says = Model.Chats,
        },
        new("One call at a time")
        {
            Chat = ChatTool + ",\"parallel_tool_calls\":false",
            Responses = ResponsesTool + ",\"parallel_tool_calls\":false",
            Anthropic = AnthropicTool + ",\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}",
            IsSeen = Evidence.OneCall, Says = Model.CallsTwice,
        },
        new("Custom tools")
        {
            Chat = $$$"""
                "tools":[{"type":"custom","custom":{"name":"{{{TextTool}}}","description":"Edits."}}]
                """,
            Responses = $$$"""
                "tools":[{"type":"custom","name":"{{{TextTool}}}","description":"Edits."}]
                """,
            IsSeen = Evidence.TextTool,
        },
        new("The vendor's own search")
        {
            Chat = "\"web_search_options\":{}",
            Responses = """ "tools":[{"type":"web_search"}] """,
            Anthropic = """ "tools":[{"type":"web_search_20250305","name":"web_search"}] """,
            Gemini = """ "tools":[{"googleSearch":{}}] """,
            IsSeen = Evidence.Search,
        },
        new("Any JSON")
        {
            Chat = "\"response_format\":{\"type\":\"json_object\"}", Responses = "\"text\":{\"format\":{\"type\":\"json_object\"}}",
            Gemini = Config("\"responseMimeType\":\"application/json\""),
            IsSeen = Evidence.Json, Says = Model.Fences,
        },
        new("JSON of a schema")
        {
            Chat = $$$"""
                "response_format":{"type":"json_schema","json_schema":{"name":"a","strict":true,"schema":{{{Schema}}}}}
                """,
            Responses = $$$"""
                "text":{"format":{"type":"json_schema","name":"a","strict":true,"schema":{{{Schema}}}}}
                """,
            Anthropic = $$$"""
                "output_config":{"format":{"type":"json_schema","schema":{{{Schema}}}}}
                """,
            Gemini = Config($"\"responseMimeType\":\"application/json\",\"responseJsonSchema\":{Schema}"),
            IsSeen = Evidence.Schema, Says = Model.FencesUnlessTold,
        },
        Media("A picture", "image/png", Png),
        Media("A PDF", "application/pdf", Pdf),
        new("Stored answers") { Responses = "\"store\":true", IsSeen = Evidence.Stored, IsLookedUp = true },
        new("In the background") { Responses = "\"background\":true", IsSeen = Evidence.InTheBackground },
        new("More than one answer")
        {
            Chat = "\"n\":2", Gemini = Config("\"candidateCount\":2"),
            IsSeen = Evidence.Number("n", "candidateCount", 2),
        },
        new("Probabilities")
        {
            Chat = "\"logprobs\":true", Responses = "\"top_logprobs\":2", Gemini = Config("\"responseLogprobs\":true"),
            IsSeen = Evidence.Number("top_logprobs", "logprobs", 2),
        },
    ];

    private static CompatibilityFeature Media(string name, string type, string data)
    {
        var (url, isPicture) = ($"data:{type};base64,{data}", type.StartsWith("image", StringComparison.Ordinal));
        var chat = isPicture
            ? $$$"""{"type":"image_url","image_url":{"url":"{{{url}}}"}}"""
            : $$$"""{"type":"file","file":{"filename":"a.pdf","file_data":"{{{url}}}"}}""";
        var responses = isPicture
            ? $$$"""{"type":"input_image","image_url":"{{{url}}}"}"""
            : $$$"""{"type":"input_file","filename":"a.pdf","file_data":"{{{url}}}"}""";
        var anthropic = $$$"""
            {"type":"{{{(isPicture ? "image" : "document")}}}","source":{"type":"base64","media_type":"{{{type}}}","data":"{{{data}}}"}}
            """;
        return new CompatibilityFeature(name)
        {
            IsSeen = Evidence.Media(type, data),
            Chat = $$$""" "messages":[{"role":"user","content":[{{{chat}}},{"type":"text","text":"Hello."}]}] """,
            Responses = $$$""" "input":[{"role":"user","content":[{{{responses}}},{"type":"input_text","text":"Hello."}]}] """,
            Anthropic = $$$""" "messages":[{"role":"user","content":[{{{anthropic}}},{"type":"text","text":"Hello."}]}] """,
            Gemini = $$$"""
                "contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"{{{type}}}","data":"{{{data}}}"}},{"text":"Hello."}]}]
                """,
        };
    }

    private static string Turn(string role) => $$$"""{"role":"{{{role}}}","content":"Hello."}""";

    private static string Content(string role) => $$$"""{"role":"{{{role}}}","parts":[{"text":"Hello."}]}""";

    private static string Config(string fields) => $$$"""
        "generationConfig":{{{{fields}}}}
        """;
}
