using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>What a caller asks of the model's thinking, in the one measure that OpenAI's models take: an effort.</summary>
internal static class CodexThinking
{
    // Where a caller counts in tokens, as Anthropic's and Google's APIs do: what a model spends on an effort, roughly.
    private const uint LowBudget = 2_048;
    private const uint MediumBudget = 16_384;

    /// <summary>Null: the model's own default.</summary>
    /// <param name="least">Of the model: these think always, and can only be asked to do it little.</param>
    public static string? Effort(ThinkingControl? thinking, string least) => thinking switch
    {
        null => null,
        { Effort.Length: > 0 } => thinking.Effort,
        { Enabled: false } => least,
        { HasBudgetTokens: false } => null,
        { BudgetTokens: <= LowBudget } => "low",
        { BudgetTokens: <= MediumBudget } => "medium",
        _ => "high",
    };
}
