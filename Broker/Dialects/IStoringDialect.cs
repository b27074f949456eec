using System.Text.Json;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects;

/// <summary>A dialect whose callers may go on from an answer by its id, without sending again what was said.</summary>
internal interface IStoringDialect : IDialect
{
    /// <summary>What this body goes on from. Of a body that is no JSON: nothing, for reading it tells that better.</summary>
    AnswerReferences References(ReadOnlySpan<byte> body);
}

/// <summary>Answers of before that a body names, by their ids.</summary>
/// <param name="Previous">The one that it goes on from, with all that this one went on from; null: none.</param>
/// <param name="Others">Those of which it names something.</param>
internal sealed record AnswerReferences(string? Previous, IReadOnlyCollection<string> Others)
{
    /// <summary>Where the previous one is named.</summary>
    public const string PreviousField = "previous_response_id";

    /// <summary>For whoever looks for one in vain.</summary>
    public const string Held =
        "A response is held for an hour where 'store' is not false, by the machine that answered, for the key that asked.";

    public static AnswerReferences None { get; } = new(null, []);

    public bool IsEmpty => Previous is null && Others.Count == 0;

    public static ApiException NotFound(string id) => new(ApiError.Invalid(
        PreviousField, $"Previous response with id '{id}' not found. {Held}", ApiErrorKind.ResponseNotFound));
}

/// <summary>Answers of before, as the dialect has written them (<see cref="AnswerToStore"/>).</summary>
/// <param name="Chain">What the body goes on from, the oldest first.</param>
/// <param name="Others">Those found of which it names something.</param>
internal sealed record EarlierAnswers(IReadOnlyList<JsonElement> Chain, IReadOnlyList<JsonElement> Others)
{
    /// <summary>A tunnel gave back something else than it was given.</summary>
    public static ApiException Broken() => new(new ApiError(
        ApiErrorKind.Upstream, "The tunnel gave back a stored response that is none. Update polydev-mcp on that machine."));
}
