namespace Polydev.Broker.Dialects;

/// <summary>A field that asks for something not every CLI can do.</summary>
/// <param name="Field">The dialect's name of it: <c>max_completion_tokens</c>.</param>
/// <param name="Feature">One of <see cref="Polydev.Shared.Models.RequestFeatures"/>; empty where no CLI can honour it (<c>frequency_penalty</c>).</param>
internal sealed record RequestedFeature(string Field, string Feature);
