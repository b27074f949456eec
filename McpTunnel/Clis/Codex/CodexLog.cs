using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>Log lines of the Codex adapter: nothing of the content.</summary>
internal static partial class CodexLog
{
    [LoggerMessage(EventId = 3201, EventName = "CodexCatalogUnreadable", Level = LogLevel.Warning, Message = "Codex's bundled model catalog could not be read; only the product's own models are offered.")]
    public static partial void CatalogUnreadable(ILogger logger, Exception exception);
}
