using Polydev.Broker.Routing;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>A model as Google lists it.</summary>
internal sealed record GoogleModel(string Name, string DisplayName, string Description)
{
    private static readonly string[] Methods = ["generateContent", "streamGenerateContent"];

    /// <summary>Google's word for a model without revisions; no CLI tells one.</summary>
    public string Version { get; } = "001";

    /// <summary>In tokens; null where the vendor's figure is not known.</summary>
    public int? InputTokenLimit { get; init; }

    public int? OutputTokenLimit { get; init; }

    public IReadOnlyList<string> SupportedGenerationMethods { get; } = Methods;

    public static GoogleModel Of(ListedModel model)
    {
        var limits = LimitsOf(model.Provider);
        return new GoogleModel($"models/{model.Id}", model.DisplayName, $"Answered by the {model.Provider} CLI of a connected tunnel.")
        {
            InputTokenLimit = limits?.Input,
            OutputTokenLimit = limits?.Output,
        };
    }

    // No CLI tells a model's limits: the least that the vendor publishes for those on the product's list.
    private static (int Input, int Output)? LimitsOf(string provider) => provider switch
    {
        Providers.Gemini => (1_048_576, 65_536),
        Providers.Claude => (200_000, 64_000),
        Providers.Codex => (200_000, 100_000),
        _ => null,
    };

    /// <summary>The list: always one whole page, so without a <c>nextPageToken</c>.</summary>
    internal sealed record Page(IReadOnlyList<GoogleModel> Models);
}
