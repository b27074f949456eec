using System.Net;
using System.Text;
using System.Text.Json;
using Polydev.Broker.Tests.Api;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>One call to a broken tunnel: it ends exactly once, with an answer or with an error that blames the tunnel.</summary>
internal static class BrokenTunnelCall
{
    private static readonly HttpStatusCode[] Failures =
        [HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout];

    public static async Task AskAsync(HttpClient client, BrokenTunnel tunnel)
    {
        var dialect = CallShapes.Dialects.ElementAt(tunnel.Index % 4);
        var isStream = tunnel.Index % 8 >= 4;
        var (path, body) = CallShapes.Of(dialect, $"codex/{tunnel.Model}", isStream);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var answer = await response.Content.ReadAsStringAsync();
        var seen = $"{tunnel}: {dialect}, {(isStream ? "streamed" : "whole")}: {(int)response.StatusCode} "
            + answer[..Math.Min(answer.Length, 2000)];
        var isError = answer.Contains(CallShapes.ErrorMark(dialect), StringComparison.Ordinal)
            && answer.Contains("\"message\":", StringComparison.Ordinal);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Assert.That(Failures, Does.Contain(response.StatusCode), seen);
            Assert.That(isError, Is.True, seen);
            Assert.That(() => JsonDocument.Parse(answer), Throws.Nothing, seen);
            return;
        }

        if (!isStream)
        {
            Assert.That(() => JsonDocument.Parse(answer), Throws.Nothing, seen);
            return;
        }

        // The tunnels' texts hold none of these marks.
        var ends = answer.Split(CallShapes.EndMark(dialect)).Length - 1;
        var errors = ErrorsIn(dialect, answer);
        Assert.That((ends, errors), Is.EqualTo((1, 0)).Or.EqualTo((0, 1)), seen);
    }

    private static int ErrorsIn(string dialect, string answer)
    {
        var mark = dialect is "openai-responses" or "anthropic" ? "event: error" : "\"error\":{";
        return answer.Split(mark).Length - 1;
    }
}
