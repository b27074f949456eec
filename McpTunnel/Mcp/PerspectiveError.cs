namespace Polydev.McpTunnel.Mcp;

/// <param name="Kind">The failure's kind on the wire, such as "NotLoggedIn" or "RateLimited".</param>
internal sealed record PerspectiveError(string Kind, string Message);
