namespace Polydev.Shared.Models;

/// <summary>
/// Optional features of a request that a CLI may or may not honour (<c>CliInfo.honours</c>); the caller learns of the rest in
/// <c>x-polydev-ignored</c>.
/// </summary>
public static class RequestFeatures
{
    public const string MaxOutputTokens = "max_output_tokens";
    public const string Temperature = "temperature";
    public const string TopP = "top_p";
    public const string TopK = "top_k";
    public const string StopSequences = "stop_sequences";
    public const string Seed = "seed";
    public const string Thinking = "thinking";

    /// <summary>Its vendor signs the thoughts that are told, and takes them back so.</summary>
    public const string SignedThoughts = "signed_thoughts";

    /// <summary>
    /// The caller's own tools. A CLI without it is not given a request that has any: an answer without them is another answer.
    /// </summary>
    public const string Tools = "tools";

    /// <summary>Any <c>tool_choice</c> but "auto", with <see cref="Tools"/>.</summary>
    public const string ToolChoice = "tool_choice";

    /// <summary>At most one call in an answer, where it is asked for.</summary>
    public const string SingleToolCall = "single_tool_call";

    /// <summary>
    /// A form that the answer's text must have. A CLI without it is not given a request that asks for one: the caller would have to check.
    /// </summary>
    public const string StructuredOutput = "structured_output";

    /// <summary>
    /// Pictures, in messages and in the results of tools. A CLI without it is not given a request that has any: an answer would be to
    /// another question.
    /// </summary>
    public const string Images = "images";

    /// <summary>PDF documents, as <see cref="Images"/>.</summary>
    public const string Documents = "documents";
}
