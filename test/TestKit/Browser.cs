using System.Net;
using System.Text.RegularExpressions;

namespace Polydev.TestKit;

/// <summary>
/// What a browser without script does with a site: keeps cookies, sends forms with their hidden fields. Redirects are followed only where a
/// test says so.
/// </summary>
public sealed class Browser : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="handler">How it connects. It must neither keep cookies nor follow redirects.</param>
    public Browser(Uri site, string agent = "Test Browser/1.0", SocketsHttpHandler? handler = null)
    {
        handler ??= new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
        _http = new HttpClient(handler) { BaseAddress = site };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(agent);
    }

    /// <summary>By name.</summary>
    public Dictionary<string, string> Cookies { get; } = [];

    /// <summary>Every Set-Cookie so far, whole.</summary>
    public List<string> SetCookies { get; } = [];

    /// <summary>Sent with each request.</summary>
    public Dictionary<string, string> Headers { get; } = [];

    public Task<BrowserPage> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public Task<BrowserPage> PostAsync(string path, params (string Name, string Value)[] fields) => SendAsync(
        new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        });

    /// <summary>Sends the page's one form, with what its person fills in or presses.</summary>
    public Task<BrowserPage> SubmitAsync(BrowserPage page, params (string Name, string Value)[] more) =>
        PostAsync(page.FormAction, [.. page.HiddenFields.Where(field => more.All(one => one.Name != field.Name)), .. more]);

    /// <summary>Sends the form of the page that goes to this path, with what its person fills in or presses.</summary>
    public Task<BrowserPage> SubmitAsync(BrowserPage page, string action, params (string Name, string Value)[] more) =>
        PostAsync(action, [.. page.FormTo(action).Where(field => more.All(one => one.Name != field.Name)), .. more]);

    /// <summary>Goes where a redirect leads, once.</summary>
    public Task<BrowserPage> FollowAsync(BrowserPage page) => GetAsync(page.Location!);

    public void Dispose() => _http.Dispose();

    private async Task<BrowserPage> SendAsync(HttpRequestMessage request)
    {
        if (Cookies.Count > 0)
        {
            request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        }

        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using (request)
        {
            using var response = await _http.SendAsync(request).DefaultTimeout();
            foreach (var set in response.Headers.TryGetValues("Set-Cookie", out var all) ? all : [])
            {
                Keep(set);
            }

            var headers = response.Headers.Concat(response.Content.Headers)
                .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
            return new BrowserPage(response.StatusCode, headers, await response.Content.ReadAsStringAsync().DefaultTimeout());
        }
    }

    private void Keep(string set)
    {
        SetCookies.Add(set);
        var (name, value) = (set[..set.IndexOf('=', StringComparison.Ordinal)], set[(set.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        value = value.Split(';')[0];
        if (value.Length == 0)
        {
            Cookies.Remove(name);
        }
        else
        {
            Cookies[name] = value;
        }
    }
}

/// <summary>What a browser was answered.</summary>
public sealed partial record BrowserPage(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Html)
{
    public string? Location => Headers.GetValueOrDefault("Location");

    /// <summary>Without tags, on one line.</summary>
    public string Text => WebUtility.HtmlDecode(Spaces().Replace(Tags().Replace(Html, " "), " ")).Trim();

    public string Title => WebUtility.HtmlDecode(Heading().Match(Html).Groups[1].Value);

    public string FormAction => WebUtility.HtmlDecode(Action().Match(Html).Groups[1].Value);

    public IReadOnlyList<(string Name, string Value)> HiddenFields =>
    [
        .. Hidden().Matches(Html).Select(match => (match.Groups[1].Value, WebUtility.HtmlDecode(match.Groups[2].Value))),
    ];

    /// <summary>The hidden fields of the form that goes to this path.</summary>
    public IReadOnlyList<(string Name, string Value)> FormTo(string action)
    {
        var form = Forms().Matches(Html).First(match => WebUtility.HtmlDecode(Action().Match(match.Value).Groups[1].Value) == action);
        return (this with { Html = form.Value }).HiddenFields;
    }

    /// <summary>Where the page's forms go, in their order.</summary>
    public IReadOnlyList<string> FormActions =>
        [.. Forms().Matches(Html).Select(match => WebUtility.HtmlDecode(Action().Match(match.Value).Groups[1].Value))];

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("<h1[^>]*>(.*?)</h1>", RegexOptions.Singleline)]
    private static partial Regex Heading();

    [GeneratedRegex("<form[^>]* action=\"([^\"]*)\"")]
    private static partial Regex Action();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\" ?/?>")]
    private static partial Regex Hidden();
}
