using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.Broker.Manage;
using Polydev.Broker.Tests.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Manage;

/// <summary>A program, or a page of ours, that asks the management API.</summary>
internal sealed class ManageClient : IDisposable
{
    private readonly HttpClient _http;

    public ManageClient(Uri site) =>
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = site };

    public HttpRequestHeaders Headers => _http.DefaultRequestHeaders;

    /// <summary>With a new account token, and its secret.</summary>
    public static async Task<ManageClient> WithTokenAsync(SignInBroker broker, string accountId)
    {
        var tokens = broker.Running.Services.GetRequiredService<AccountTokens>();
        var issued = await tokens.CreateAsync(accountId, "the test's", Actor.CommandLine(), CancellationToken.None);
        return With(broker, issued.Secret.Reveal());
    }

    public static ManageClient With(SignInBroker broker, string token)
    {
        var client = new ManageClient(broker.Running.Addresses.Http);
        client.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>As a script of our own pages asks.</summary>
    public static ManageClient With(SignInBroker broker, Browser browser, bool isOurs = true)
    {
        var client = new ManageClient(broker.Running.Addresses.Http);
        client.Headers.Add("Cookie", string.Join("; ", browser.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        if (isOurs)
        {
            client.Headers.Add(ManageGate.ChangeHeader, "1");
        }

        return client;
    }

    public Task<ManageAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<ManageAnswer> PostAsync(string path, string? json = null) => SendAsync(HttpMethod.Post, path, json);

    /// <param name="path">Below <c>/api/manage/v1</c>, or a whole one.</param>
    public async Task<ManageAnswer> SendAsync(HttpMethod method, string path, string? json = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(
            method, path.StartsWith("/api", StringComparison.Ordinal) ? path : $"/api/manage/v1{path}");
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, type);
        }

        using var response = await _http.SendAsync(request).DefaultTimeout();
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new ManageAnswer(response.StatusCode, headers, await response.Content.ReadAsStringAsync().DefaultTimeout());
    }

    public void Dispose() => _http.Dispose();
}

internal sealed record ManageAnswer(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string Type => Json.GetProperty("error").GetProperty("type").GetString()!;

    /// <summary>The names of the fields that are complained of.</summary>
    public IEnumerable<string> Fields =>
        Json.GetProperty("error").GetProperty("fields").EnumerateArray().Select(one => one.GetProperty("name").GetString()!);

    public JsonElement this[string name] => Json.GetProperty(name);

    public string Word(string name) => Json.GetProperty(name).GetString()!;
}
