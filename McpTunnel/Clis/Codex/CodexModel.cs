namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>One model of a <see cref="CodexCatalog"/>.</summary>
internal sealed record CodexModel(string Slug, string DisplayName)
{
    /// <summary>False: served when asked for, not shown.</summary>
    public bool IsListed { get; init; } = true;

    /// <summary>The wire shape that the model's backend expects, by Codex's own metadata.</summary>
    public bool UsesResponsesLite { get; init; }

    public IReadOnlyList<string> ReasoningEfforts { get; init; } = ["low", "medium", "high"];
}
