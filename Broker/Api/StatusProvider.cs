namespace Polydev.Broker.Api;

/// <summary>One CLI of a <see cref="StatusTunnel"/>: "ready", "not_logged_in", "not_installed" or "unusable", with what to do about it.</summary>
internal sealed record StatusProvider(string Provider, string Version, string State, string Hint, IReadOnlyList<string> Models);
