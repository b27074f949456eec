namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Settings that a started process takes over before its next request to the vendor.</summary>
internal sealed record ClaudeFlagSettings
{
    public string? Model { get; init; }

    public IReadOnlyDictionary<string, string>? Env { get; init; }
}
