using System.Text;
using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Tests.Setup;

/// <summary>Edits of texts, as <c>setup</c> makes them of files.</summary>
internal static class EntryRig
{
    public static readonly ServerEntry Entry = new("/opt/polydev-mcp", [], Broker: null);

    public static readonly ServerEntry Elsewhere = new("/opt/polydev-mcp", ["a b", "c\"d"], "https://broker.example:5443");

    public static readonly IEntryFormat Json = new JsonEntry("mcpServers", isTyped: false);

    public static readonly IEntryFormat Toml = new TomlEntry();

    public static string Put(this IEntryFormat format, string text, ServerEntry entry)
    {
        var edited = new EditedText(Encoding.UTF8.GetBytes(text));
        format.Put(edited, entry);
        return Encoding.UTF8.GetString(edited.Content);
    }

    public static string Remove(this IEntryFormat format, string text, string? before)
    {
        var edited = new EditedText(Encoding.UTF8.GetBytes(text));
        format.Remove(edited, before is null ? null : Encoding.UTF8.GetBytes(before));
        return Encoding.UTF8.GetString(edited.Content);
    }

    public static string? Refusal(this IEntryFormat format, string text) =>
        Assert.Throws<UnsafeFileException>(() => format.Put(text, Entry))?.Message;
}
