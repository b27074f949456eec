using System.Text.RegularExpressions;

namespace Polydev.Broker.Pages.Connect;

/// <summary>One text to be pasted: a tab of a code block.</summary>
/// <param name="Title">Of its tab: the language, or the file.</param>
/// <param name="Text">
/// The person's own values stand in it as «api» (the base URL), «host» (the broker's address), «key» and «model».
/// </param>
public sealed partial record Snippet(string Title, string Text)
{
    /// <summary>What stands for the key until one is pasted.</summary>
    public const string KeyPlaceholder = "pk-your-key-here";

    /// <summary>The text in order: a person's value by its name, a comment, or plain.</summary>
    internal IEnumerable<SnippetPart> Parts => Pieces().Split(Text).Where(piece => piece.Length > 0).Select(piece => piece switch
    {
        ['«', .. var name, '»'] => new SnippetPart(name, Value: name),
        ['#', ' ', ..] => new SnippetPart(piece, IsComment: true),
        _ => new SnippetPart(piece),
    });

    // Kept by Split, since it is a group: a value, or a comment that fills its line.
    [GeneratedRegex("(«[a-z]+»|^# .*$)", RegexOptions.Multiline)]
    private static partial Regex Pieces();
}

/// <summary>A piece of a snippet.</summary>
/// <param name="Value">The name of the person's value that stands here; null: the text itself does.</param>
internal sealed record SnippetPart(string Text, string? Value = null, bool IsComment = false);
