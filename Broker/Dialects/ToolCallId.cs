using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Dialects;

/// <summary>
/// Ids of tool calls in the form of the caller's vendor, whatever CLI made them: <c>toolu_1</c> is <c>call_toolu_1</c> to OpenAI's callers.
/// As it comes back it is its maker's own again, so that every turn gives the maker's vendor the same conversation.
/// </summary>
internal static class ToolCallId
{
    private const string OfOpenAi = "call_";
    private const string OfAnthropic = "toolu_";

    /// <summary>For a caller of OpenAI's dialects.</summary>
    public static string ForOpenAi(string id) => For(OfOpenAi, id);

    /// <summary>For a caller of Anthropic's.</summary>
    public static string ForAnthropic(string id) => For(OfAnthropic, id);

    /// <summary>The maker's own of an id that a caller sends back, of either vendor's.</summary>
    public static string Original(string id) =>
        IsOf(OfOpenAi, OfAnthropic, id) ? id[OfOpenAi.Length..] : IsOf(OfAnthropic, OfOpenAi, id) ? id[OfAnthropic.Length..] : id;

    // A longer one would not be taken when it comes back.
    private static string For(string prefix, string id) =>
        id.StartsWith(prefix, StringComparison.Ordinal) || id.Length + prefix.Length > TunnelProtocol.MaxToolIdChars ? id : prefix + id;

    private static bool IsOf(string prefix, string maker, string id) =>
        id.StartsWith(prefix, StringComparison.Ordinal) && id.AsSpan(prefix.Length).StartsWith(maker, StringComparison.Ordinal);
}
