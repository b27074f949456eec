using System.Text.Json.Serialization;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// A response object: the whole answer, and what the stream's lifecycle events carry. Echoes the settings that clients read back.
/// </summary>
internal sealed record OpenAiResponsesResponse
{
    public required string Id { get; init; }

    public string Object { get; } = "response";

    public required long CreatedAt { get; init; }

    /// <summary>"in_progress", "completed", "incomplete" or "failed".</summary>
    public required string Status { get; init; }

    /// <summary>Null unless it is completed.</summary>
    public long? CompletedAt { get; init; }

    public bool Background { get; }

    /// <summary>Null, as of every answer whose caller has not asked for one of these programs.</summary>
    public object? AccessPrograms { get; }

    public ResponseError? Error { get; init; }

    public ResponseIncomplete? IncompleteDetails { get; init; }

    public string? Instructions { get; init; }

    public uint? MaxOutputTokens { get; init; }

    public required string Model { get; init; }

    public IReadOnlyList<ResponseItem> Output { get; init; } = [];

    public bool ParallelToolCalls { get; init; } = true;

    public string? PreviousResponseId { get; init; }

    public ResponseReasoning Reasoning { get; init; } = new(null, null);

    /// <summary>Its caller may come back to it.</summary>
    public bool Store { get; init; }

    public double Temperature { get; init; }

    public required ResponseText Text { get; init; }

    public RawJson ToolChoice { get; init; }

    public IReadOnlyList<ResponseTool> Tools { get; init; } = [];

    public double TopP { get; init; }

    public string Truncation { get; } = "disabled";

    public ResponseUsage? Usage { get; init; }

    public string? User { get; init; }

    public string? SafetyIdentifier { get; init; }

    public string? PromptCacheKey { get; init; }

    public RawJson Metadata { get; init; } = RawJson.EmptyObject;

    /// <param name="now">When the answer's end came.</param>
    public static OpenAiResponsesResponse Of(CompletionCall call, Answer answer, DateTimeOffset now)
    {
        var ended = Ended(call, ResponseIncomplete.Of(answer.Finished?.StopReason ?? default), now);
        var output = new List<ResponseItem>();
        List<string>? thoughts = null;
        foreach (var piece in answer.Pieces(thought => call.ShowsThoughts && thought.Text.Length > 0))
        {
            if (piece is not AnswerThought thought)
            {
                thoughts = null;
                Add(output, call, piece);
            }
            else if (call.SignsThoughts && thought.Signature.Length > 0)
            {
                thoughts = null;
                output.Add(Thought(call, output.Count, [thought.Text]) with
                {
                    EncryptedContent = SealedThought.Seal(thought.Text, thought.Signature),
                });
            }
            else if (thoughts is null)
            {
                output.Add(Thought(call, output.Count, thoughts = [thought.Text]));
            }
            else
            {
                // Without a signature, thoughts that follow each other are one, whose list grows.
                thoughts.Add(thought.Text);
            }
        }

        // Clients index the first message's text, so an empty answer has one too.
        if (output.TrueForAll(item => item.Type == ResponseItem.Reasoning))
        {
            Add(output, call, new AnswerText());
        }

        // What was cut is the last, as in the stream; a call says so itself, and a thought that has its signature is whole.
        if (output[^1] is { IsCall: false, EncryptedContent: null })
        {
            output[^1] = output[^1] with { Status = ended.Status };
        }

        return ended with { Output = output, Usage = ResponseUsage.Of(answer.Usage) };
    }

    private static ResponseItem Thought(CompletionCall call, int index, IReadOnlyList<string> texts) =>
        ResponseItem.OfThoughts(ResponseItem.IdOf(call, ResponseItem.Reasoning, index), new LongText(texts));

    private static void Add(List<ResponseItem> output, CompletionCall call, AnswerPiece piece)
    {
        switch (piece)
        {
            case AnswerText text:
                var message = ResponseItem.IdOf(call, ResponseItem.Message, output.Count);
                output.Add(ResponseItem.OfText(message, "completed", ResponsePart.OfText(new LongText(text.Pieces))));
                break;
            case AnswerToolCall tool:
                output.Add(Called(call, tool, output.Count));
                break;
        }
    }

    private static ResponseItem Called(CompletionCall call, AnswerToolCall tool, int index)
    {
        var (status, callId) = (tool.IsWhole ? "completed" : "incomplete", ToolCallId.ForOpenAi(tool.Id));
        return call.Offer.GivesText(tool.Name)
            ? ResponseItem.OfCustomCall(
                ResponseItem.IdOf(call, ResponseItem.CustomCall, index), status, callId, tool.Name, CustomToolInput.Of(tool.ArgumentsJson))
            : ResponseItem.OfCall(
                ResponseItem.IdOf(call, ResponseItem.FunctionCall, index), status, callId, tool.Name, tool.ArgumentsJson);
    }

    /// <summary>The response at its end, without what it gives out. A failed one has not ended so.</summary>
    /// <param name="incomplete">Null: it is whole.</param>
    public static OpenAiResponsesResponse Ended(CompletionCall call, ResponseIncomplete? incomplete, DateTimeOffset now) =>
        Of(call, incomplete is null ? "completed" : "incomplete") with
        {
            IncompleteDetails = incomplete,
            CompletedAt = incomplete is null ? now.ToUnixTimeSeconds() : null,
        };

    /// <summary>The response before anything of its answer is known.</summary>
    public static OpenAiResponsesResponse Of(CompletionCall call, string status)
    {
        var sampling = call.Sampling;
        return new OpenAiResponsesResponse
        {
            Id = call.AnswerId,
            CreatedAt = call.CreatedAt.ToUnixTimeSeconds(),
            Status = status,
            Instructions = call.Echo.Instructions,
            MaxOutputTokens = sampling is { HasMaxOutputTokens: true } ? sampling.MaxOutputTokens : null,
            Model = call.Model,
            ParallelToolCalls = call.Echo.ParallelToolCalls ?? true,
            PreviousResponseId = call.Echo.PreviousResponseId,
            Reasoning = new ResponseReasoning(call.Echo.Effort, call.Echo.Summary),
            Store = call.ToStore is not null,
            Temperature = sampling is { HasTemperature: true } ? sampling.Temperature : 1,
            Text = new ResponseText(ResponseTextFormat.Of(call.Format)),
            ToolChoice = new RawJson(call.Echo.ToolChoice ?? "\"auto\""),
            Tools = [.. call.Offer.Tools.Select(tool => ResponseTool.Of(tool, call.Offer))],
            TopP = sampling is { HasTopP: true } ? sampling.TopP : 1,
            User = call.Echo.User,
            SafetyIdentifier = call.Echo.SafetyIdentifier,
            PromptCacheKey = call.Echo.PromptCacheKey,
            Metadata = call.Echo.Metadata is { } metadata ? new RawJson(metadata) : RawJson.EmptyObject,
        };
    }
}

/// <summary>The reasoning settings of the request; null where the model's own held.</summary>
internal sealed record ResponseReasoning(string? Effort, string? Summary);

/// <summary>A tool that the model was offered: a function, or a custom one, which alone has a format.</summary>
internal sealed record ResponseTool(
    string Type,
    string Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? Parameters { get; init; }

    /// <summary>Of a function. None is: no CLI holds its model to a schema.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Strict { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? Format { get; init; }

    public static ResponseTool Of(ToolSpec tool, ToolOffer offer) => offer.Texts?.GetValueOrDefault(tool.Name) is { } text
        ? new ResponseTool("custom", text.Name, OrNull(text.Description)) { Format = new RawJson(text.Format) }
        : new ResponseTool("function", tool.Name, OrNull(tool.Description))
        {
            Parameters = new RawJson(tool.InputSchemaJson),
            Strict = false,
        };

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}

/// <summary>The text settings that held.</summary>
internal sealed record ResponseText(ResponseTextFormat Format)
{
    public string Verbosity { get; } = "medium";
}

/// <summary>The form that was asked for, flat also where the caller sent Chat's.</summary>
/// <param name="Type">"text", "json_object" or "json_schema", which alone has the rest.</param>
internal sealed record ResponseTextFormat(string Type)
{
    private const string AnyObject = """{"type":"object"}""";

    private static readonly ResponseTextFormat PlainText = new("text");

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? Schema { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Strict { get; init; }

    public static ResponseTextFormat Of(AnswerFormat? format) => format switch
    {
        null => PlainText,
        { Form.Name.Length: 0 } => new ResponseTextFormat("json_object"),
        { Form: var form } => new ResponseTextFormat("json_schema")
        {
            Name = form.Name,
            Description = form.Description.Length == 0 ? null : form.Description,
            Schema = new RawJson(form.JsonSchema.Length == 0 ? AnyObject : form.JsonSchema),
            Strict = format.Strict,
        },
    };
}

/// <summary>Why a response was cut short.</summary>
internal sealed record ResponseIncomplete(string Reason)
{
    /// <summary>Null where the answer is whole.</summary>
    public static ResponseIncomplete? Of(StopReason reason) => reason switch
    {
        StopReason.MaxTokens => new ResponseIncomplete("max_output_tokens"),
        StopReason.Refusal => new ResponseIncomplete("content_filter"),
        _ => null,
    };
}

/// <summary>
/// The error of a failed response. Its codes are OpenAI's closed list (ResponseErrorCode), smaller than that of its error bodies.
/// </summary>
internal sealed record ResponseError(string Code, string Message)
{
    public static ResponseError Of(ApiError error) => new(CodeOf(error.Kind), error.Message);

    private static string CodeOf(ApiErrorKind kind) => kind switch
    {
        ApiErrorKind.RateLimited => "rate_limit_exceeded",
        ApiErrorKind.InvalidRequest or ApiErrorKind.ContextTooLong or ApiErrorKind.TooLarge => "invalid_prompt",
        _ => "server_error",
    };
}

/// <summary>Tokens of one response. Input tokens count cached ones, output tokens count reasoning.</summary>
internal sealed record ResponseUsage(
    ulong InputTokens,
    ResponseInputTokensDetails InputTokensDetails,
    ulong OutputTokens,
    ResponseOutputTokensDetails OutputTokensDetails,
    ulong TotalTokens)
{
    public static ResponseUsage Of(Usage usage) => new(
        usage.InputTokens,
        new ResponseInputTokensDetails(usage.CacheReadTokens, usage.CacheWriteTokens),
        usage.OutputTokens,
        new ResponseOutputTokensDetails(usage.ThinkingTokens),
        usage.InputTokens + usage.OutputTokens);
}

/// <summary>Parts of the input tokens.</summary>
internal sealed record ResponseInputTokensDetails(ulong CachedTokens, ulong CacheWriteTokens);

/// <summary>Parts of the output tokens.</summary>
internal sealed record ResponseOutputTokensDetails(ulong ReasoningTokens);
