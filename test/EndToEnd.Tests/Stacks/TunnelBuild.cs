namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>Which polydev-mcp a stack starts.</summary>
public enum TunnelBuild
{
    /// <summary>The framework-dependent build.</summary>
    Managed,

    /// <summary>The Native AOT binary that <c>test/run</c> publishes.</summary>
    Native,
}
