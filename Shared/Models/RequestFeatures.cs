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
}
