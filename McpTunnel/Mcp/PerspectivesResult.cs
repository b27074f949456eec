using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Mcp;

/// <summary>
/// What <c>get_perspectives</c> gives back: one answer for each model, in the order asked. All of it is remote text, which a model and
/// perhaps a terminal will read: the records make it plain.
/// </summary>
internal sealed record PerspectivesResult(IReadOnlyList<Perspective> Answers);

/// <param name="Provider">The CLI that was asked; null when none serves the model.</param>
/// <param name="Text">What the model said; with an error, what it had said until then.</param>
/// <param name="Error">Null when the answer is whole.</param>
internal sealed record Perspective(string Model, string? Provider, string Text, PerspectiveUsage? Usage, PerspectiveError? Error)
{
    public string Model { get; } = PlainText.Line(Model);

    public string Text { get; } = PlainText.Paragraphs(Text);
}

/// <summary>In tokens, as the vendor counted them.</summary>
internal sealed record PerspectiveUsage(ulong InputTokens, ulong OutputTokens);

/// <param name="Kind">The failure's kind on the wire, such as "NotLoggedIn" or "RateLimited".</param>
internal sealed record PerspectiveError(string Kind, string Message)
{
    public string Message { get; } = PlainText.Line(Message, PlainText.LongestMessage);
}
