using System.Text.Json;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Reads the CLI's lines without trusting their shape: what is missing or of another type is null.</summary>
internal static class ClaudeLines
{
    // The arguments of a call stand some levels down in a line.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth + 16 };

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonElement Parse(byte[] line) => JsonElement.Parse(WireText.ValidJson(line), Options);

    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    public static string? TextOf(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static ulong? CountOf(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetUInt64(out var count) ? count : null;

    public static bool IsTrue(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];
}
