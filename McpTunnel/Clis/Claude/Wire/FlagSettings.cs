namespace Polydev.McpTunnel.Clis.Claude.Wire;

/// <summary>Settings that a started process takes over before its next request to the vendor.</summary>
internal sealed record FlagSettings
{
    public string? Model { get; init; }

    public IReadOnlyDictionary<string, string>? Env { get; init; }
}
