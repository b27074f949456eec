namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>
/// What <c>anthropic-version</c> changes. The SDKs send 2026-10-21 from 1.0 on, and 2023-06-01 before. Any other one, or none, is taken for
/// the older: no call shall fail for want of a header.
/// </summary>
internal static class AnthropicVersion
{
    private static readonly CompletionPath Newer = CompletionPath.None with { HasNoSampling = true };

    public static CompletionPath PathOf(IHeaderDictionary headers) =>
        headers["anthropic-version"] == "2026-10-21" ? Newer : CompletionPath.None;
}
