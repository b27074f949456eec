using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>One item of the output: a message, or a function call.</summary>
internal sealed record ResponseItem
{
    public const string Message = "message";
    public const string FunctionCall = "function_call";

    public required string Id { get; init; }

    public required string Type { get; init; }

    /// <summary>"in_progress", "completed" or "incomplete".</summary>
    public required string Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ResponsePart>? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CallId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Arguments { get; init; }

    public static ResponseItem OfText(string id, string status, params IReadOnlyList<ResponsePart> content) =>
        new() { Id = id, Type = Message, Status = status, Role = "assistant", Content = content };

    public static ResponseItem OfCall(string id, string status, string callId, string name, string arguments) =>
        new() { Id = id, Type = FunctionCall, Status = status, CallId = callId, Name = name, Arguments = arguments };

    /// <summary>The id of the item at this place of the answer: the same in every event of it.</summary>
    public static string IdOf(CompletionCall call, string type, int index) =>
        $"{(type == Message ? "msg" : "fc")}_{call.AnswerId["resp_".Length..]}{index:x4}";
}
