using System.Text;
using Polydev.ModelProvider.Requests;

namespace Polydev.ModelProvider.Tests;

/// <summary>Asks the provider as the CLIs do, so that the bytes can be looked at.</summary>
internal sealed class WireClient(ProviderServer provider) : IDisposable
{
    private readonly HttpClient _http = new();

    public Task<HttpResponseMessage> SendAsync(
        ProviderDialect dialect, string text, bool stream = true, CancellationToken cancellationToken = default)
    {
        var flag = stream ? "true" : "false";
        var (path, body) = dialect switch
        {
            ProviderDialect.Anthropic => (
                "/v1/messages",
                $$"""
                {"model":"m1","stream":{{flag}},"system":[{"type":"text","text":"be kind"}],
                 "messages":[{"role":"user","content":"{{text}}"}]}
                """),
            ProviderDialect.OpenAi => (
                "/v1/responses",
                $$"""
                {"model":"m1","stream":{{flag}},"input":[
                  {"type":"message","role":"developer","content":[{"type":"input_text","text":"be kind"}]},
                  {"type":"message","role":"user","content":[{"type":"input_text","text":"{{text}}"}]}]}
                """),
            _ => (
                $"/v1beta/models/m1:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}",
                $$"""
                {"systemInstruction":{"parts":[{"text":"be kind"}]},"contents":[{"role":"user","parts":[{"text":"{{text}}"}]}]}
                """),
        };
        var request = new HttpRequestMessage(HttpMethod.Post, provider.BaseUrl + path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
