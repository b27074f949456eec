using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// What a warm process is told before its question: system prompt, model, sampling, thinking. It can be initialized once only.
/// </summary>
internal static partial class ClaudeSetup
{
    /// <summary>What <see cref="Of"/> carries over from a call.</summary>
    public static readonly IReadOnlyList<string> Honours =
    [
        RequestFeatures.MaxOutputTokens, RequestFeatures.Temperature, RequestFeatures.TopP, RequestFeatures.TopK,
        RequestFeatures.StopSequences, RequestFeatures.Thinking, RequestFeatures.SignedThoughts, RequestFeatures.Tools,
        RequestFeatures.ToolChoice, RequestFeatures.SingleToolCall, RequestFeatures.StructuredOutput, RequestFeatures.Images,
        RequestFeatures.Documents,
    ];

    private static readonly JsonElement AsMuchAsItWants = JsonElement.Parse("null");

    /// <summary>The vendor refuses a call with a stop of white space alone.</summary>
    public static bool TakesStop(string stop) => !string.IsNullOrWhiteSpace(stop);

    /// <summary>The vendor knows forms for its models from 4.5 on (docs: "Structured outputs"), and a part of JSON Schema.</summary>
    public static bool TakesFormat(ResponseFormat format, string model) =>
        format.JsonSchema.Length > 0 && !ModelsBefore45().IsMatch(model) && VendorSchema.Anthropic.Takes(format.JsonSchema);

    public static IReadOnlyList<ClaudeProtocol.ControlRequest> Of(WorkItem item, bool takesModelLate, ClaudeTools tools) =>
    [
        Initialize(item.Instructions, tools),
        new("settings", new ClaudeProtocol.ControlBody("apply_flag_settings")
        {
            Settings = new ClaudeProtocol.FlagSettings
            {
                Model = takesModelLate ? item.Model : null,
                EffortLevel = Effort(item.Thinking?.Effort),
                Env = Environment(item, tools.Choice(item.ToolChoice)),
                Permissions = tools.IsMounted ? new ClaudeProtocol.PermissionSettings([$"mcp__{ClaudeTools.Server}"]) : null,
            },
        }),
        new("thinking", Thinking(item.Thinking)),
    ];

    public static ClaudeProtocol.ControlRequest Initialize(string instructions, ClaudeTools tools) =>
        new("initialize", new ClaudeProtocol.ControlBody("initialize")
        {
            SystemPrompt = [instructions],
            SdkMcpServers = tools.IsMounted ? [ClaudeTools.Server] : null,
        });

    // Off, as in the vendor's API where the caller does not ask for it; models that always think ignore it.
    private static ClaudeProtocol.ControlBody Thinking(ThinkingControl? thinking) => new("set_max_thinking_tokens")
    {
        MaxThinkingTokens = thinking switch
        {
            null or { Enabled: false } => Number(0),
            { HasBudgetTokens: true } => Number(thinking.BudgetTokens),
            _ => AsMuchAsItWants,
        },
        ThinkingDisplay = thinking is { Enabled: true } ? "summarized" : null,
    };

    // The CLI knows no "minimal", and drops a level that it does not know.
    private static string? Effort(string? effort) => effort switch
    {
        null or "" => null,
        "minimal" => "low",
        _ => effort,
    };

    // It takes the place of the CLI's own, which tells the effort of models that have one.
    private static ClaudeProtocol.OutputConfigBody? OutputConfig(WorkItem item) => item.ResponseFormat is { JsonSchema: var schema }
        ? new ClaudeProtocol.OutputConfigBody(
            ModelsWithoutEffort().IsMatch(item.Model) ? null : Effort(item.Thinking?.Effort),
            new ClaudeProtocol.OutputFormat("json_schema", CliToolCall.OneLine(schema)))
        : null;

    // claude-3-7-sonnet-20250219, claude-opus-4-20250514, claude-opus-4-1: an alias ("opus") is a newer one.
    [GeneratedRegex(@"claude-(?:[0-3]\b|instant|(?:opus|sonnet|haiku)-4(?:-[0-4])?(?:$|-\d{8}|\[|@))")]
    private static partial Regex ModelsBefore45();

    [GeneratedRegex("(?:sonnet|haiku)-4-5")]
    private static partial Regex ModelsWithoutEffort();

    private static JsonElement Number(uint value) => JsonElement.Parse(value.ToString(CultureInfo.InvariantCulture));

    private static Dictionary<string, string> Environment(WorkItem item, ClaudeProtocol.ToolChoiceBody? choice)
    {
        var sampling = item.Sampling ?? new Sampling();
        var variables = new Dictionary<string, string>();
        if (sampling.HasMaxOutputTokens)
        {
            variables["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = sampling.MaxOutputTokens.ToString(CultureInfo.InvariantCulture);
        }

        var extra = new ClaudeProtocol.ExtraBody
        {
            Temperature = sampling.HasTemperature ? sampling.Temperature : null,
            TopP = sampling.HasTopP ? sampling.TopP : null,
            TopK = sampling.HasTopK ? sampling.TopK : null,
            StopSequences = sampling.StopSequences.Where(TakesStop).ToList() is { Count: > 0 } stops ? stops : null,
            ToolChoice = choice,
            OutputConfig = OutputConfig(item),
        };
        if (extra != new ClaudeProtocol.ExtraBody())
        {
            variables["CLAUDE_CODE_EXTRA_BODY"] = JsonSerializer.Serialize(extra, ClaudeJson.Default.ExtraBody);
        }

        return variables;
    }
}
