using Polydev.Broker.Tests.Dialects.Media;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>The table of <see cref="RequestFieldsTests"/>: every field that a dialect reads, and what becomes of it.</summary>
internal static class RequestFields
{
    private const string ChatCalls = """
        "messages":[{"role":"assistant","content":null,"refusal":"no","tool_calls":[{"id":"c","type":"function","function":{"name":"f",
        "arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c","content":"done"}]
        """;

    private const string OldCalls = """
        "messages":[{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
        {"role":"function","name":"f","content":"done"}]
        """;

    private const string InputCalls = """
        [{"type":"reasoning","encrypted_content":"polydev.aG0=.sig"},
        {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"done"},
        {"role":"assistant","content":[{"type":"refusal","refusal":"no"},{"type":"output_text","text":"y"}]},{"role":"user","content":"x"}]
        """;

    private const string Blocks = """
        [{"role":"user","content":[{"type":"text","text":"x"}]},
        {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
        {"type":"redacted_thinking","data":"d"},{"type":"tool_use","id":"c","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":"no"}]}]
        """;

    private const string Camel = """
        [{"role":"model","parts":[{"text":"hm","thought":true,"thoughtSignature":"c2ln"},
        {"functionCall":{"id":"c","name":"f","args":{"a":1}}}]},
        {"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"output":1}}}]}]
        """;

    private const string Snake = """
        [{"role":"model","parts":[{"function_call":{"name":"f"},"thought_signature":"c2ln"}]},
        {"role":"user","parts":[{"function_response":{"name":"f","response":{"error":"e"}}}]}]
        """;

    private const string Functions = """
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{}}}]
        """;

    private const string AnthropicTool = """
        "tools":[{"type":"custom","name":"f","description":"d","input_schema":{"type":"object"}}]
        """;

    private const string GeminiTool = """
        "tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT","nullable":true}}]}]
        """;

    public static IEnumerable<FieldCase> All =>
        [.. Of("chat"), .. Of("responses"), .. Of("anthropic"), .. Of("gemini"), .. Of("completions")];

    public static IEnumerable<FieldCase> Of(string dialect) => dialect switch
    {
        "chat" => [.. OfOpenAi("chat", Chat), .. OfChat, .. MediaFields.OfOpenAi("chat")],
        "responses" => [.. OfOpenAi("responses", Responses), .. OfResponses, .. MediaFields.OfOpenAi("responses")],
        "completions" => CompletionsFields.All,
        "anthropic" => [.. OfAnthropic, .. MediaFields.OfAnthropic],
        _ => [.. OfGemini, .. MediaFields.OfGemini],
    };

    public static string Chat(string fields) =>
        Object("""
            "model":"m"
            """, fields, "\"messages\":", """
            "messages":[{"role":"user","content":"x"}]
            """);

    public static string Responses(string fields) =>
        Object("""
            "model":"m"
            """, fields, "\"input\":", """
            "input":"x"
            """);

    public static string Anthropic(string fields) =>
        Object("""
            "model":"m","max_tokens":9
            """, fields, "\"messages\":", """
            "messages":[{"role":"user","content":"x"}]
            """);

    public static string Gemini(string fields) => Object("\"x\":0", fields, "\"contents\":", "\"contents\":\"x\"");

    /// <summary>What both of OpenAI's dialects read.</summary>
    private static IEnumerable<FieldCase> OfOpenAi(string dialect, Func<string, string> body)
    {
        string Body(string fields) => body(fields);
        FieldCase Case(Fate fate, string fields, string json, string? named) => new(dialect, fields, fate, Body(json), named ?? fields);
        FieldCase Asked(string fields, string json, string? named = null) => Case(Fate.InTheWorkAndNamed, fields, json, named);
        FieldCase Ignored(string fields, string json, string? named = null) => Case(Fate.Named, fields, json, named);
        FieldCase Refused(string fields, string json, string? named = null) => Case(Fate.Refused, fields, json, named);

        yield return Asked("max_tokens", "\"max_tokens\":7");
        yield return Asked("max_tokens", "\"max_tokens\":9,\"max_completion_tokens\":7");
        yield return Asked("max_completion_tokens", "\"max_completion_tokens\":7");
        yield return Asked("max_output_tokens", "\"max_output_tokens\":7");
        yield return Asked("temperature", "\"temperature\":0.5");
        yield return Asked("top_p", "\"top_p\":0.5");
        yield return Asked("seed", "\"seed\":5");
        yield return Asked("stop", "\"stop\":\"END\"");
        yield return Asked("reasoning_effort", "\"reasoning_effort\":\"low\"");
        yield return Asked("reasoning_effort", "\"reasoning_effort\":\"none\"");
        yield return Asked("reasoning,effort", "\"reasoning\":{\"effort\":\"high\"}", "reasoning.effort");
        yield return Asked("reasoning,summary", "\"reasoning\":{\"summary\":\"auto\"}", "reasoning.summary");
        yield return Asked("generate_summary", "\"reasoning\":{\"generate_summary\":\"auto\"}", "reasoning.generate_summary");
        yield return Ignored("frequency_penalty", "\"frequency_penalty\":1");
        yield return Ignored("presence_penalty", "\"presence_penalty\":1");
        yield return Ignored("logit_bias", "\"logit_bias\":{\"1\":1}");
        yield return Ignored("top_logprobs", "\"top_logprobs\":2");
        yield return Ignored("verbosity", "\"verbosity\":\"low\"");
        yield return Ignored("text,verbosity", "\"text\":{\"verbosity\":\"high\"}", "text.verbosity");
        yield return Ignored("web_search_options", "\"web_search_options\":{}");
        yield return Ignored("prediction", "\"prediction\":{}");
        yield return Ignored("truncation", "\"truncation\":\"auto\"");
        yield return Ignored("include", "\"include\":[\"reasoning.encrypted_content\"]");
        yield return Ignored("context_management", "\"context_management\":[]");
        yield return Refused("tool_choice,type", "\"tool_choice\":{\"type\":\"function\"}", "tool_choice");
        yield return Refused("tool_choice", "\"tool_choice\":\"required\"");
        yield return Refused("function_call", "\"function_call\":{\"name\":\"f\"}");
        yield return Refused("best_of", "\"best_of\":2");
        yield return Refused("suffix", "\"suffix\":\"x\"");
        yield return Refused("echo", "\"echo\":true");
        yield return Refused("background", "\"background\":true");
        yield return Refused("previous_response_id", "\"previous_response_id\":\"r\"");
        yield return Refused("conversation", "\"conversation\":\"c\"");
        yield return Refused("prompt", "\"prompt\":{}");
        yield return Refused("tools,type", "\"tools\":[{}]", "tools[0].type");
        yield return new(dialect, "tools,type,function,name,description,parameters", Fate.InTheWork, Body(Functions));
        yield return new(
            dialect, "tools,type,custom,name", Fate.InTheWork, Body("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"f\"}}]"));
        yield return new(
            dialect,
            "tools,format,type,grammar,syntax,definition",
            Fate.InTheWorkAndNamed,
            Body("""
                "tools":[{"type":"custom","name":"f","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: A"}}}]
                """),
            "tools.format");
        yield return Asked(
            "tools,strict", "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"strict\":true}]", "tools.strict");
        yield return Asked("tool_choice", Functions + ",\"tool_choice\":\"required\"");
        yield return Asked(
            "tool_choice,type,name", Functions + ",\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"}", "tool_choice");
        yield return Asked(
            "tool_choice,type,allowed_tools,mode,tools,name",
            Functions + """
                ,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"name":"f"}]}}
                """,
            "tool_choice");
        yield return Asked("parallel_tool_calls", Functions + ",\"parallel_tool_calls\":false");
        yield return new(
            dialect,
            "response_format,type,json_schema,name,description,schema,strict",
            Fate.InTheWork,
            Body("""
                "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{},"strict":true}}
                """));
        yield return new(dialect, "text,format,type", Fate.InTheWork, Body("\"text\":{\"format\":{\"type\":\"json_object\"}}"));
        yield return Refused("text,format,name", "\"text\":{\"format\":{\"type\":\"json_schema\"}}", "text.format.name");
        yield return Refused("n", "\"n\":2");
        yield return Refused("modalities", "\"modalities\":[\"audio\"]");
        yield return Refused("audio", "\"audio\":{}");
        yield return Refused("logprobs", "\"logprobs\":true");
        yield return new(dialect, "model", Fate.AnsweredOtherwise, Body("\"model\":\"other\""));
        yield return new(dialect, "stream", Fate.InTheWork, Body("\"stream\":true"));
        yield return new(dialect, "instructions", Fate.InTheWork, Body("\"instructions\":\"Be brief.\""));
        var input = "\"input\":" + InputCalls + (dialect == "chat" ? ",\"messages\":null" : string.Empty);
        yield return new(
            dialect, "input,type,encrypted_content,call_id,name,arguments,output,role,content,refusal,text", Fate.InTheWork, Body(input));
    }

    private static IEnumerable<FieldCase> OfChat =>
    [
        new(
            "chat",
            "messages,role,content,refusal,tool_calls,id,type,function,name,arguments,tool_call_id",
            Fate.InTheWork,
            Chat(ChatCalls)),
        new("chat", "name", Fate.Named, Chat("\"messages\":[{\"role\":\"user\",\"content\":\"x\",\"name\":\"Ann\"}]"), "messages.name"),
        new("chat", "store", Fate.Named, Chat("\"store\":true"), "store"),
        new("chat", "function_call,name,arguments", Fate.InTheWork, Chat(OldCalls)),
        new("chat", "functions,name", Fate.InTheWorkAndNamed, Chat("\"functions\":[{\"name\":\"f\"}]"), "functions"),
        new(
            "chat",
            "functions,name,function_call",
            Fate.InTheWorkAndNamed,
            Chat("\"functions\":[{\"name\":\"f\"}],\"function_call\":{\"name\":\"f\"}"),
            "function_call"),
        new("chat", "stream_options,include_usage", Fate.AnsweredOtherwise, Chat("\"stream_options\":{\"include_usage\":true}")),
    ];

    private static IEnumerable<FieldCase> OfResponses =>
    [
        new(
            "responses",
            "metadata,user,safety_identifier,prompt_cache_key,store",
            Fate.AnsweredOtherwise,
            Responses("""
                "metadata":{"a":"b"},"user":"u","safety_identifier":"s","prompt_cache_key":"p","store":true
                """)),
        new("responses", "id", Fate.Refused, Responses("\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]"), "input[0]"),
        new("responses", "functions", Fate.Refused, Responses("\"functions\":[{}]"), "functions"),
    ];

    private static IEnumerable<FieldCase> OfAnthropic =>
    [
        new("anthropic", "model", Fate.AnsweredOtherwise, Anthropic("\"model\":\"other\"")),
        new("anthropic", "stream", Fate.InTheWork, Anthropic("\"stream\":true")),
        new("anthropic", "system", Fate.InTheWork, Anthropic("\"system\":\"Be brief.\"")),
        new("anthropic", "messages,role,content,type,text,thinking,signature,data,id,name,input,tool_use_id,is_error", Fate.InTheWork,
            Anthropic("\"messages\":" + Blocks)),
        new("anthropic", "max_tokens", Fate.InTheWorkAndNamed, Anthropic("\"max_tokens\":7"), "max_tokens"),
        new("anthropic", "temperature", Fate.InTheWorkAndNamed, Anthropic("\"temperature\":0.5"), "temperature"),
        new("anthropic", "top_p", Fate.InTheWorkAndNamed, Anthropic("\"top_p\":0.5"), "top_p"),
        new("anthropic", "top_k", Fate.InTheWorkAndNamed, Anthropic("\"top_k\":5"), "top_k"),
        new("anthropic", "stop_sequences", Fate.InTheWorkAndNamed, Anthropic("\"stop_sequences\":[\"END\"]"), "stop_sequences"),
        new("anthropic", "thinking,type,budget_tokens,display", Fate.InTheWorkAndNamed,
            Anthropic("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048,\"display\":\"omitted\"}"), "thinking"),
        new("anthropic", "thinking", Fate.InTheWorkAndNamed, Anthropic("\"thinking\":{\"type\":\"disabled\"}"), "thinking"),
        new(
            "anthropic",
            "output_config,effort",
            Fate.InTheWorkAndNamed,
            Anthropic("\"output_config\":{\"effort\":\"low\"}"),
            "output_config.effort"),
        new("anthropic", "output_config,format,type,schema", Fate.InTheWork,
            Anthropic("\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{}}}")),
        new("anthropic", "output_format", Fate.InTheWork, Anthropic("\"output_format\":{\"type\":\"json_schema\",\"schema\":{}}")),
        new("anthropic", "context_management", Fate.Named, Anthropic("\"context_management\":{\"edits\":[]}"), "context_management"),
        new("anthropic", "inference_geo", Fate.Named, Anthropic("\"inference_geo\":\"us\""), "inference_geo"),
        new("anthropic", "thread", Fate.Refused, Anthropic("\"thread\":{\"type\":\"create\"}"), "thread"),
        new("anthropic", "container", Fate.Refused, Anthropic("\"container\":\"c\""), "container"),
        new("anthropic", "tool_choice", Fate.Refused, Anthropic("\"tool_choice\":{\"type\":\"any\"}"), "tool_choice"),
        new("anthropic", "tools,name", Fate.Refused, Anthropic("\"tools\":[{}]"), "tools[0].name"),
        new("anthropic", "tools,type,name,description,input_schema", Fate.InTheWork, Anthropic(AnthropicTool)),
        new(
            "anthropic",
            "tools,strict,input_examples",
            Fate.InTheWorkAndNamed,
            Anthropic("\"tools\":[{\"name\":\"f\",\"input_schema\":{},\"strict\":true,\"input_examples\":[{}]}]"),
            "tools.input_examples"),
        new(
            "anthropic",
            "tool_choice,type,name",
            Fate.InTheWorkAndNamed,
            Anthropic(AnthropicTool + ",\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"}"),
            "tool_choice"),
        new(
            "anthropic",
            "tool_choice,disable_parallel_tool_use",
            Fate.InTheWorkAndNamed,
            Anthropic(AnthropicTool + ",\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}"),
            "tool_choice.disable_parallel_tool_use"),
        new("anthropic", "mcp_servers", Fate.Refused, Anthropic("\"mcp_servers\":[{}]"), "mcp_servers"),
    ];

    private static IEnumerable<FieldCase> OfGemini =>
    [
        new("gemini", "model", Fate.AnsweredOtherwise, Gemini("\"model\":\"other\"")),
        new("gemini", "stream", Fate.InTheWork, Gemini("\"stream\":true")),
        new(
            "gemini",
            "systemInstruction,parts,text",
            Fate.InTheWork,
            Gemini("\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]}")),
        new("gemini", "system_instruction", Fate.InTheWork, Gemini("\"system_instruction\":\"Be brief.\"")),
        new(
            "gemini",
            "contents,role,parts,text,thought,thoughtSignature,functionCall,id,name,args,functionResponse,response,output",
            Fate.InTheWork,
            Gemini("\"contents\":" + Camel)),
        new("gemini", "function_call,thought_signature,function_response,error", Fate.InTheWork, Gemini("\"contents\":" + Snake)),
        Config("maxOutputTokens", "7"),
        Config("max_output_tokens", "7"),
        Config("temperature", "0.5"),
        Config("topP", "0.5"),
        Config("top_p", "0.5"),
        Config("topK", "5"),
        Config("top_k", "5"),
        Config("stopSequences", "[\"END\"]"),
        Config("stop_sequences", "[\"END\"]"),
        Config("seed", "5"),
        Config("thinkingConfig", "{\"thinkingBudget\":0}", "thinkingBudget"),
        Config("thinkingConfig", "{\"thinkingLevel\":\"LOW\",\"includeThoughts\":true}", "thinkingLevel,includeThoughts"),
        Config("thinking_config", "{\"thinking_budget\":-1,\"thinking_level\":\"low\",\"include_thoughts\":true}",
            "thinking_budget,thinking_level,include_thoughts"),
        Config("presencePenalty", "1", fate: Fate.Named),
        Config("presence_penalty", "1", fate: Fate.Named),
        Config("frequencyPenalty", "1", fate: Fate.Named),
        Config("frequency_penalty", "1", fate: Fate.Named),
        Config("logprobs", "2", fate: Fate.Named),
        Config("responseLogprobs", "true", fate: Fate.Refused),
        Config("response_logprobs", "true", fate: Fate.Refused),
        Config("candidateCount", "2", fate: Fate.Refused),
        Config("candidate_count", "2", fate: Fate.Refused),
        Config("responseMimeType", "\"application/json\"", fate: Fate.InTheWork),
        Config("response_mime_type", "\"application/json\"", fate: Fate.InTheWork),
        Choosing("responseSchema"),
        Choosing("response_schema"),
        Choosing("responseJsonSchema"),
        Choosing("response_json_schema"),
        Choosing("responseJsonSchemaOrdered"),
        Choosing("response_json_schema_ordered"),
        Config("speechConfig", "{}", fate: Fate.Named),
        Config("speech_config", "{}", fate: Fate.Named),
        Config("imageConfig", "{}", fate: Fate.Named),
        Config("image_config", "{}", fate: Fate.Named),
        Config("mediaResolution", "\"MEDIA_RESOLUTION_LOW\"", fate: Fate.Named),
        Config("media_resolution", "\"MEDIA_RESOLUTION_LOW\"", fate: Fate.Named),
        Config("enableEnhancedCivicAnswers", "true", fate: Fate.Named),
        Config("enable_enhanced_civic_answers", "true", fate: Fate.Named),
        Calling("toolConfig", "functionCallingConfig", "mode", "\"ANY\""),
        Calling("tool_config", "function_calling_config", "mode", "\"ANY\""),
        Calling("toolConfig", "functionCallingConfig", "allowedFunctionNames", "[\"f\"]"),
        Calling("toolConfig", "functionCallingConfig", "allowed_function_names", "[\"f\"]"),
        new(
            "gemini",
            "generationConfig,responseModalities",
            Fate.Refused,
            Gemini("\"generationConfig\":{\"responseModalities\":[\"AUDIO\"]}"),
            "generationConfig.responseModalities[0]"),
        new(
            "gemini",
            "generation_config,response_modalities",
            Fate.Refused,
            Gemini("\"generation_config\":{\"response_modalities\":[\"AUDIO\"]}"),
            "generation_config.response_modalities[0]"),
        new("gemini", "safetySettings", Fate.Named, Gemini("\"safetySettings\":[{}]"), "safetySettings"),
        new("gemini", "safety_settings", Fate.Named, Gemini("\"safety_settings\":[{}]"), "safety_settings"),
        new("gemini", "tools", Fate.Named, Gemini("\"tools\":[{\"googleSearch\":{}}]"), "tools.googleSearch"),
        new("gemini", "tools", Fate.Named, Gemini("\"tools\":[{\"google_search\":{}}]"), "tools.google_search"),
        new("gemini", "tools", Fate.Refused, Gemini("\"tools\":[{\"codeExecution\":{}}]"), "tools[0].codeExecution"),
        new("gemini", "tools,name,description,parameters,nullable", Fate.InTheWork, Gemini(GeminiTool)),
        Function("parametersJsonSchema", Fate.InTheWork),
        Function("parameters_json_schema", Fate.InTheWork),
        Function("response", Fate.InTheWorkAndNamed),
        Function("responseJsonSchema", Fate.InTheWorkAndNamed),
        Function("response_json_schema", Fate.InTheWorkAndNamed),
        new(
            "gemini",
            "toolConfig,functionCallingConfig,mode,allowedFunctionNames",
            Fate.InTheWorkAndNamed,
            Gemini(GeminiTool + ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\"]}}"),
            "toolConfig.functionCallingConfig.mode"),
        // Of a count alone.
        new("gemini", "generateContentRequest,generate_content_request", Fate.AnsweredOtherwise, Gemini("\"generateContentRequest\":{}")),
        new("gemini", "cachedContent", Fate.Refused, Gemini("\"cachedContent\":\"c\""), "cachedContent"),
        new("gemini", "cached_content", Fate.Refused, Gemini("\"cached_content\":\"c\""), "cached_content"),
    ];

    private static FieldCase Calling(string tools, string calling, string field, string value) => new(
        "gemini",
        $"{tools},{calling},{field}",
        Fate.Refused,
        Gemini($"\"{tools}\":{{\"{calling}\":{{\"{field}\":{value}}}}}"),
        $"{tools}.{calling}.{field}");

    private static FieldCase Choosing(string schema) => new(
        "gemini",
        $"{schema},type,enum",
        Fate.InTheWork,
        Gemini($"\"generationConfig\":{{\"responseMimeType\":\"text/x.enum\",\"{schema}\":{{\"type\":\"STRING\",\"enum\":[\"a\"]}}}}"));

    private static FieldCase Function(string field, Fate fate) => new(
        "gemini",
        $"tools,{field}",
        fate,
        Gemini($"\"tools\":[{{\"functionDeclarations\":[{{\"name\":\"f\",\"{field}\":{{\"title\":\"t\"}}}}]}}]"),
        "tools.response");

    private static FieldCase Config(string field, string value, string? also = null, Fate fate = Fate.InTheWorkAndNamed) => new(
        "gemini",
        also is null ? field : $"{field},{also}",
        fate,
        Gemini($"\"generationConfig\":{{\"{field}\":{value}}}"),
        $"generationConfig.{field}");

    // A later field of the same name counts, as in every JSON parser; the default conversation stands where none is given.
    private static string Object(string head, string fields, string conversation, string otherwise)
    {
        var members = new List<string> { head };
        if (!fields.Contains(conversation, StringComparison.Ordinal))
        {
            members.Add(otherwise);
        }

        if (fields.Length > 0)
        {
            members.Add(fields);
        }

        return $"{{{string.Join(',', members)}}}";
    }
}
