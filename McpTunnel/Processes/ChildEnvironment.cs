namespace Polydev.McpTunnel.Processes;

/// <summary>
/// The environment of a child, built up from nothing: what every program needs, and what an adapter names. So nothing of
/// an editor that started us (<c>CLAUDECODE</c>, <c>MCP_*</c>, <c>NODE_OPTIONS</c>, …) reaches a CLI.
/// </summary>
internal static class ChildEnvironment
{
    private static readonly string[] Base =
    [
        "PATH", "LANG", "LC_ALL", "USER", "LOGNAME",
        "SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "TEMP", "TMP", "NUMBER_OF_PROCESSORS",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
        "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ];

    /// <param name="own">This process's environment.</param>
    /// <param name="names">Further variables to carry over; a trailing <c>*</c> carries a whole prefix.</param>
    public static Dictionary<string, string> From(IReadOnlyDictionary<string, string> own, params IEnumerable<string> names)
    {
        var child = new Dictionary<string, string>(
            own is { Count: > 0 } && OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var pattern in Base.Concat(names))
        {
            foreach (var (name, value) in own)
            {
                var matches = pattern[^1] == '*' ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;
                if (matches)
                {
                    child[name] = value;
                }
            }
        }

        return child;
    }
}
