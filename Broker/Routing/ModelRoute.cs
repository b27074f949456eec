namespace Polydev.Broker.Routing;

/// <summary>Where a call goes.</summary>
/// <param name="SessionId">The tunnel's connection.</param>
/// <param name="Provider">The CLI of that tunnel: one of <see cref="Polydev.Shared.Models.Providers"/>.</param>
/// <param name="Model">The model id that this CLI is given.</param>
/// <param name="Honours">The optional features that this CLI honours, of <see cref="Polydev.Shared.Models.RequestFeatures"/>.</param>
internal sealed record ModelRoute(string SessionId, string Provider, string Model, IReadOnlyCollection<string> Honours)
{
    /// <summary>The tunnel's name for the machine that it runs on.</summary>
    public string Machine { get; init; } = string.Empty;

    /// <summary>That machine's tunnel token.</summary>
    public string MachineId { get; init; } = string.Empty;

    /// <summary>Of the CLI there.</summary>
    public string CliVersion { get; init; } = string.Empty;

    /// <summary>That machine's tunnel holds responses for callers who come back.</summary>
    public bool Stores { get; init; }
}
