using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>A response object: the whole answer, and what the stream's lifecycle events carry. Echoes the settings that clients read back.</summary>
internal sealed record OpenAiResponsesResponse
{
    public required string Id { get; init; }

    public string Object { get; } = "response";

    public required long CreatedAt { get; init; }

    /// <summary>"in_progress", "completed", "incomplete" or "failed".</summary>
    public required string Status { get; init; }

    public bool Background { get; }

    public ResponseError? Error { get; init; }

    public ResponseIncomplete? IncompleteDetails { get; init; }

    public string? Instructions { get; init; }

    public uint? MaxOutputTokens { get; init; }

    public required string Model { get; init; }

    public IReadOnlyList<ResponseItem> Output { get; init; } = [];

    public bool ParallelToolCalls { get; } = true;

    public string? PreviousResponseId { get; }

    public ResponseReasoning Reasoning { get; } = new();

    public bool Store { get; }

    public double Temperature { get; init; }

    public ResponseText Text { get; } = new();

    public string ToolChoice { get; } = "auto";

    public IReadOnlyList<string> Tools { get; } = [];

    public double TopP { get; init; }

    public string Truncation { get; } = "disabled";

    public ResponseUsage? Usage { get; init; }

    public string? User { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public static OpenAiResponsesResponse Of(CompletionCall call, Answer answer)
    {
        var incomplete = ResponseIncomplete.Of(answer.Finished?.StopReason ?? default);
        var status = incomplete is null ? "completed" : "incomplete";
        var output = new List<ResponseItem>();

        // Clients index the first item's text, so an empty answer has one too.
        if (answer.Text.Length > 0 || answer.ToolCalls.Count == 0)
        {
            output.Add(ResponseItem.OfText(ResponseItem.IdOf(call, ResponseItem.Message, 0), status, new ResponsePart(answer.Text)));
        }

        foreach (var tool in answer.ToolCalls)
        {
            var id = ResponseItem.IdOf(call, ResponseItem.FunctionCall, output.Count);
            output.Add(ResponseItem.OfCall(id, status, tool.Id, tool.Name, tool.ArgumentsJson));
        }

        return Of(call, status) with { IncompleteDetails = incomplete, Output = output, Usage = ResponseUsage.Of(answer.Usage) };
    }

    /// <summary>The response before anything of its answer is known.</summary>
    public static OpenAiResponsesResponse Of(CompletionCall call, string status)
    {
        var sampling = call.Item.Sampling;
        return new OpenAiResponsesResponse
        {
            Id = call.AnswerId,
            CreatedAt = call.CreatedAt.ToUnixTimeSeconds(),
            Status = status,
            Instructions = call.Item.Instructions.Length == 0 ? null : call.Item.Instructions,
            MaxOutputTokens = sampling is { HasMaxOutputTokens: true } ? sampling.MaxOutputTokens : null,
            Model = call.Model,
            Temperature = sampling is { HasTemperature: true } ? sampling.Temperature : 1,
            TopP = sampling is { HasTopP: true } ? sampling.TopP : 1,
        };
    }
}
