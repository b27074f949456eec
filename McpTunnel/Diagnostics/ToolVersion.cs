namespace Polydev.McpTunnel.Diagnostics;

/// <summary>The version of this tool, as it tells it to people, brokers and editors.</summary>
internal static class ToolVersion
{
    public static string Text { get; } = typeof(ToolVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
