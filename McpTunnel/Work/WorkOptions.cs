namespace Polydev.McpTunnel.Work;

/// <summary>How much one tunnel does at a time.</summary>
internal sealed record WorkOptions
{
    /// <summary>Items that run at once, over all CLIs. <c>POLYDEV_MAX_CONCURRENT</c>.</summary>
    public int MaxConcurrent { get; init; } = 8;

    /// <summary>An item that has found no free slot after this time fails as busy.</summary>
    public TimeSpan SlotWait { get; init; } = TimeSpan.FromSeconds(60);
}
