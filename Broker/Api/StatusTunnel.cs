namespace Polydev.Broker.Api;

/// <summary>One connected machine of <see cref="StatusBody"/>.</summary>
internal sealed record StatusTunnel(string Name, string Version, DateTimeOffset ConnectedSince, IReadOnlyList<StatusProvider> Providers);
