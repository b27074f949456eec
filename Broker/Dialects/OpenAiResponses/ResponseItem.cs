using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>One item of the output: a message, a call of a function or of a custom tool, or a summary of the model's reasoning.</summary>
internal sealed record ResponseItem
{
    public const string Message = "message";
    public const string FunctionCall = "function_call";
    public const string CustomCall = "custom_tool_call";
    public const string Reasoning = "reasoning";

    public required string Id { get; init; }

    public required string Type { get; init; }

    /// <summary>"in_progress", "completed" or "incomplete".</summary>
    public required string Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ResponsePart>? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ResponsePart>? Summary { get; init; }

    /// <summary>A thought that its caller can hand back (<see cref="OpenAi.SealedThought"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EncryptedContent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CallId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Arguments { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Input { get; init; }

    /// <summary>It says itself whether it was cut.</summary>
    [JsonIgnore]
    public bool IsCall => Type is FunctionCall or CustomCall;

    public static ResponseItem OfText(string id, string status, params IReadOnlyList<ResponsePart> content) =>
        new() { Id = id, Type = Message, Status = status, Role = "assistant", Content = content };

    public static ResponseItem OfThoughts(string id, LongText thoughts) =>
        new() { Id = id, Type = Reasoning, Status = "completed", Summary = [ResponsePart.OfThoughts(thoughts)] };

    public static ResponseItem OfCall(string id, string status, string callId, string name, string arguments) =>
        new() { Id = id, Type = FunctionCall, Status = status, CallId = callId, Name = name, Arguments = arguments };

    public static ResponseItem OfCustomCall(string id, string status, string callId, string name, string input) =>
        new() { Id = id, Type = CustomCall, Status = status, CallId = callId, Name = name, Input = input };

    /// <summary>The id of the item at this place of the answer: the same in every event of it.</summary>
    public static string IdOf(CompletionCall call, string type, int index) =>
        $"{PrefixOf(type)}_{call.AnswerId["resp_".Length..]}{index:x4}";

    /// <summary>What the id of an item of this type begins with, a caller's too.</summary>
    public static string PrefixOf(string type) => type switch
    {
        Message => "msg",
        Reasoning => "rs",
        FunctionCall => "fc",
        CustomCall => "ctc",
        "function_call_output" => "fco",
        "custom_tool_call_output" => "ctco",
        _ => "item",
    };
}

/// <summary>A part of an item: the text of a message, or a summary of thoughts.</summary>
internal sealed record ResponsePart(string Type, LongText Text)
{
    /// <summary>Only of a message's text, as are the probabilities: always none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Annotations { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Logprobs { get; init; }

    public static ResponsePart OfText(LongText text) => new("output_text", text) { Annotations = [], Logprobs = [] };

    public static ResponsePart OfThoughts(LongText thoughts) => new("summary_text", thoughts);
}
