using System.Text.RegularExpressions;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>
/// Takes off what models put around a JSON text where nothing was to be around it: white space, and a Markdown fence. Belongs to one
/// answer; a text that begins with anything else is let through as it is.
/// </summary>
internal sealed partial class JsonText
{
    private const int LongestStart = 64;

    private string _held = string.Empty;
    private bool _hasBegun;
    private bool _isFenced;

    /// <summary>What may be given out of the text so far, and was not yet.</summary>
    public string Take(string delta)
    {
        var text = _held + delta;
        if (!_hasBegun)
        {
            var start = Start().Match(text);
            if (start.Length == text.Length && text.Length <= LongestStart)
            {
                _held = text;
                return string.Empty;
            }

            _isFenced = start.Groups["fence"].Success && text[start.Length - 1] == '\n';
            (_hasBegun, text) = (true, _isFenced ? text[start.Length..] : text.TrimStart());
        }

        var kept = text.AsSpan().TrimEnd(_isFenced ? " \t\r\n`" : " \t\r\n").Length;
        _held = text[kept..];
        return text[..kept];
    }

    /// <summary>What stands before something that is no text, or at the end.</summary>
    public string Release()
    {
        var rest = _hasBegun ? End().Replace(_held, string.Empty) : _held.Trim();
        _held = string.Empty;
        return rest;
    }

    // White space, then as much of an opening fence as there is yet.
    [GeneratedRegex(@"\A\s*(?<fence>`{1,3}[A-Za-z0-9]*[ \t\r]*\n?)?")]
    private static partial Regex Start();

    [GeneratedRegex(@"\A\s*(?:```)?\s*\z|\A\s+")]
    private static partial Regex End();
}
