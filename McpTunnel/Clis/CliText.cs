using System.Text.RegularExpressions;

namespace Polydev.McpTunnel.Clis;

/// <summary>Makes a CLI's own words fit to be shown to a caller.</summary>
internal static partial class CliText
{
    private const int MaxChars = 600;

    /// <summary>One line of at most 600 characters, without the paths of this machine and without anything that looks like a key.</summary>
    public static string Redact(string text)
    {
        var shown = Secrets().Replace(Paths().Replace(ControlCharacters().Replace(text, " "), "…"), "…").Trim();
        return shown.Length <= MaxChars ? shown : $"{shown[..MaxChars]}…";
    }

    // A path starts a word (so "and/or" and a URL's path stay) and has two parts at least; Windows: a drive or a share.
    [GeneratedRegex(
        """(?<![\w:/.~-])(?:file://)?(?:~|\.{1,2})?(?:/[^\s/'"`:;,()<>]+){2,}/?"""
        + """|(?<!\w)[A-Za-z]:\\[^\s'"`;,()<>]+|\\\\[^\s'"`;,()<>]+""")]
    private static partial Regex Paths();

    [GeneratedRegex("""\b(?:sk-|pk-|pd_|ya29\.|AIza|eyJ)[\w.-]{8,}|(?<=Bearer )[\w.=-]{8,}""")]
    private static partial Regex Secrets();

    [GeneratedRegex("""(?:[\x00-\x1f\x7f]+(?:\[[0-9;]*[A-Za-z])?)+""")]
    private static partial Regex ControlCharacters();
}
