namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Fields that the CLI lays over its request to the vendor (<c>CLAUDE_CODE_EXTRA_BODY</c>).</summary>
internal sealed record ClaudeExtraBody
{
    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public uint? TopK { get; init; }

    public IReadOnlyList<string>? StopSequences { get; init; }
}
