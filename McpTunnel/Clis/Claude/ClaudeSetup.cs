using System.Globalization;
using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>What a warm process is told before its question: system prompt, model, sampling. It can be initialized once only.</summary>
internal static class ClaudeSetup
{
    /// <summary>What <see cref="Of"/> carries over from a call's sampling.</summary>
    public static readonly string[] Honours =
    [
        RequestFeatures.MaxOutputTokens, RequestFeatures.Temperature, RequestFeatures.TopP, RequestFeatures.TopK, RequestFeatures.StopSequences,
    ];

    public static IReadOnlyList<ClaudeControlRequest> Of(WorkItem item, bool takesModelLate) =>
    [
        Initialize(item.Instructions),
        new("settings", new ClaudeControlBody("apply_flag_settings")
        {
            Settings = new ClaudeFlagSettings { Model = takesModelLate ? item.Model : null, Env = Sampling(item.Sampling) },
        }),

        // Off, as in the vendor's API where the caller does not ask for it; models that always think ignore it.
        new("thinking", new ClaudeControlBody("set_max_thinking_tokens") { MaxThinkingTokens = 0 }),
    ];

    public static ClaudeControlRequest Initialize(string instructions) => new("initialize", new ClaudeControlBody("initialize") { SystemPrompt = [instructions] });

    private static Dictionary<string, string> Sampling(Sampling? sampling)
    {
        var variables = new Dictionary<string, string>();
        if (sampling is null)
        {
            return variables;
        }

        if (sampling.HasMaxOutputTokens)
        {
            variables["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = sampling.MaxOutputTokens.ToString(CultureInfo.InvariantCulture);
        }

        var extra = new ClaudeExtraBody
        {
            Temperature = sampling.HasTemperature ? sampling.Temperature : null,
            TopP = sampling.HasTopP ? sampling.TopP : null,
            TopK = sampling.HasTopK ? sampling.TopK : null,
            StopSequences = sampling.StopSequences.Count > 0 ? sampling.StopSequences : null,
        };
        if (extra != new ClaudeExtraBody())
        {
            variables["CLAUDE_CODE_EXTRA_BODY"] = JsonSerializer.Serialize(extra, ClaudeJson.Default.ClaudeExtraBody);
        }

        return variables;
    }
}
