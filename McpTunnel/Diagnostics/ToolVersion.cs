using System.Reflection;

namespace Polydev.McpTunnel.Diagnostics;

/// <summary>The version of this tool, as it tells it to people, brokers and editors.</summary>
internal static class ToolVersion
{
    public static string Text { get; } = typeof(ToolVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>Tells builds of one version apart, by the commit that the SDK writes behind it.</summary>
    public static string Build { get; } =
        typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? Text;
}
