using Polydev.Broker.Routing;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>A model as Anthropic lists it.</summary>
internal sealed record AnthropicModel(string Id, string DisplayName)
{
    public string Type { get; } = "model";

    /// <summary>The vendor's reference: an epoch value where the release date is unknown. No CLI tells it.</summary>
    public string CreatedAt { get; } = "1970-01-01T00:00:00Z";

    public static AnthropicModel Of(ListedModel model) => new(model.Id, model.DisplayName);

    /// <summary>The list: always one whole page.</summary>
    internal sealed record Page(IReadOnlyList<AnthropicModel> Data)
    {
        public bool HasMore { get; }

        public string? FirstId => Data.Count == 0 ? null : Data[0].Id;

        public string? LastId => Data.Count == 0 ? null : Data[^1].Id;
    }
}
