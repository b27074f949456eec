using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>What a caller asks of the model's thinking, in the one measure that OpenAI's models take: an effort.</summary>
internal static class CodexThinking
{
    /// <summary>Null: the model's own default.</summary>
    /// <param name="least">Of the model: these think always, and can only be asked to do it little.</param>
    public static string? Effort(ThinkingControl? thinking, string least) => thinking switch
    {
        null => null,
        { Effort.Length: > 0 } => thinking.Effort,
        { Enabled: false } => least,
        { HasBudgetTokens: false } => null,
        _ => ThinkingBudget.EffortOf(thinking.BudgetTokens),
    };
}
