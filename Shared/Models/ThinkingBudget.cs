namespace Polydev.Shared.Models;

/// <summary>A budget of thoughts in tokens, as Anthropic's and Google's APIs count it, for models that take an effort alone.</summary>
public static class ThinkingBudget
{
    // What a model spends on an effort, roughly.
    private const uint Low = 2_048;
    private const uint Medium = 16_384;

    public static string EffortOf(uint tokens) => tokens switch
    {
        <= Low => "low",
        <= Medium => "medium",
        _ => "high",
    };
}
