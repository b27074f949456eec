using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>A compacted conversation (<c>response.compaction</c>): all that the user has said, and one item for the rest.</summary>
internal sealed record OpenAiCompactionResponse(string Id, long CreatedAt, IReadOnlyList<CompactedItem> Output, ResponseUsage Usage)
{
    public string Object { get; } = "response.compaction";

    /// <exception cref="ApiException">The model has said nothing: there is no conversation to go on with.</exception>
    public static OpenAiCompactionResponse Of(CompletionCall call, Answer answer)
    {
        var summary = answer.Text;
        if (string.IsNullOrWhiteSpace(summary))
        {
            throw new ApiException(new ApiError(ApiErrorKind.Upstream, "The model gave no summary of the conversation. Try again."));
        }

        var suffix = call.AnswerId["resp_".Length..];
        var said = call.Echo.UserTexts.Select((texts, index) => CompactedItem.OfUser($"msg_{suffix}{index:x4}", texts));
        return new OpenAiCompactionResponse(
            call.AnswerId,
            call.CreatedAt.ToUnixTimeSeconds(),
            [.. said, CompactedItem.OfSummary($"cmp_{suffix}", summary)],
            ResponseUsage.Of(answer.Usage));
    }
}

/// <summary>An item that the caller sends as it is, in the place of the conversation: a user's message, or the summary.</summary>
internal sealed record CompactedItem(string Id, string Type)
{
    public string? Status { get; init; }

    public string? Role { get; init; }

    public IReadOnlyList<ResponsePart>? Content { get; init; }

    /// <summary>Of the summary (<see cref="SealedSummary"/>).</summary>
    public string? EncryptedContent { get; init; }

    public static CompactedItem OfUser(string id, IReadOnlyList<string> texts) => new(id, "message")
    {
        Status = "completed",
        Role = "user",
        Content = [.. texts.Select(text => new ResponsePart("input_text", text))],
    };

    public static CompactedItem OfSummary(string id, string summary) =>
        new(id, "compaction") { EncryptedContent = SealedSummary.Seal(summary) };
}
