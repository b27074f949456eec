namespace Polydev.Broker.Routing;

/// <summary>A model as the lists show it.</summary>
/// <param name="Provider">The CLI that answers it.</param>
internal sealed record ListedModel(string Id, string DisplayName, string Provider);
