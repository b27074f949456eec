using System.Text;
using System.Text.RegularExpressions;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>The secret that a page shows, and files that may not hold it.</summary>
internal static partial class Secrets
{
    /// <summary>Of the page's copy field.</summary>
    public static string In(BrowserPage page) => Field().Match(page.Html) is { Success: true } match
        ? match.Groups[1].Value
        : throw new AssertionException($"No secret in: {page.Text}");

    /// <summary>As text, byte by byte, of a file that somebody else writes.</summary>
    public static async Task<string> ReadAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    [GeneratedRegex("<output>((?:pk-|pa_)[0-9a-z]{51})</output>")]
    private static partial Regex Field();
}
