using System.Text.Json.Serialization;
using Polydev.Broker.Routing;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>A model as Anthropic lists it (docs: "List Models").</summary>
internal sealed record AnthropicModel(string Id, string DisplayName, AnthropicCapabilities Capabilities)
{
    public string Type { get; } = "model";

    /// <summary>The vendor's reference: an epoch value where the release date is unknown. No CLI tells it.</summary>
    public string CreatedAt { get; } = "1970-01-01T00:00:00Z";

    public int? MaxInputTokens { get; init; }

    public int? MaxTokens { get; init; }

    public static AnthropicModel Of(ListedModel model) => new(model.Id, model.DisplayName, AnthropicCapabilities.Of(model))
    {
        MaxInputTokens = model.Limits?.Input,
        MaxTokens = model.Limits?.Output,
    };

    /// <summary>The list: always one whole page.</summary>
    internal sealed record Page(IReadOnlyList<AnthropicModel> Data)
    {
        public bool HasMore { get; }

        public string? FirstId => Data.Count == 0 ? null : Data[0].Id;

        public string? LastId => Data.Count == 0 ? null : Data[^1].Id;
    }
}

/// <summary>What a model can do here: what its CLI honours, whoever its vendor is.</summary>
internal sealed record AnthropicCapabilities
{
    public Support Batch { get; } = Support.No;

    public Support Citations { get; } = Support.No;

    public Support CodeExecution { get; } = Support.No;

    public ContextSupport ContextManagement { get; } = new();

    public required EffortSupport Effort { get; init; }

    public required Support ImageInput { get; init; }

    public required Support PdfInput { get; init; }

    public required Support StructuredOutputs { get; init; }

    public required ThinkingSupport Thinking { get; init; }

    public static AnthropicCapabilities Of(ListedModel model)
    {
        var thinks = model.Honours.Contains(RequestFeatures.Thinking);
        var byBudget = ClaudeModel.Of(model.Id).ThinksByBudget;
        return new AnthropicCapabilities
        {
            Effort = new EffortSupport(thinks && !byBudget),
            ImageInput = Support.Of(model, RequestFeatures.Images),
            PdfInput = Support.Of(model, RequestFeatures.Documents),
            StructuredOutputs = Support.Of(model, RequestFeatures.StructuredOutput),
            Thinking = new ThinkingSupport(thinks, new ThinkingTypes(new Support(thinks && !byBudget), new Support(thinks))),
        };
    }

    internal sealed record Support(bool Supported)
    {
        public static Support No { get; } = new(false);

        public static Support Of(ListedModel model, string feature) => new(model.Honours.Contains(feature));
    }

    internal sealed record EffortSupport(bool Supported)
    {
        public Support Low => new(Supported);

        public Support Medium => new(Supported);

        public Support High => new(Supported);

        public Support Xhigh => new(Supported);

        public Support Max => new(Supported);
    }

    internal sealed record ThinkingSupport(bool Supported, ThinkingTypes Types);

    internal sealed record ThinkingTypes(Support Adaptive, Support Enabled);

    /// <summary>None of its kinds: the CLIs are given whole conversations.</summary>
    internal sealed record ContextSupport
    {
        public bool Supported { get; }

        [JsonPropertyName("clear_thinking_20251015")]
        public Support ClearThinking { get; } = Support.No;

        [JsonPropertyName("clear_tool_uses_20250919")]
        public Support ClearToolUses { get; } = Support.No;

        [JsonPropertyName("compact_20260112")]
        public Support Compact { get; } = Support.No;
    }
}
