using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Polydev.Benchmarks.Relay;

/// <summary>Loads one side: prebuilt bodies, nothing above the handler, every answer read to its end. Bounded in calls and time.</summary>
internal sealed class RelayClient(Uri chat, string? key) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly MediaTypeHeaderValue Json = new("application/json", Encoding.UTF8.WebName);

    private readonly HttpMessageInvoker _http =
        new(new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false });

    private readonly AuthenticationHeaderValue? _authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);

    /// <summary>One round; the calls a second.</summary>
    public async Task<double> RunAsync(RelayLoad load, int calls, Samples samples)
    {
        using var limit = new CancellationTokenSource(Limit);
        var started = Stopwatch.GetTimestamp();
        var left = calls;
        await Task.WhenAll(Enumerable.Range(0, load.AtOnce).Select(async _ =>
        {
            var buffer = new byte[64 * 1024];
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var called = Stopwatch.GetTimestamp();
                await CallAsync(load, buffer, limit.Token);
                samples.Add(Stopwatch.GetElapsedTime(called));
            }
        }));
        return calls / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>One call, looked at closely: a fast side that leaves the answer out would win every round.</summary>
    /// <exception cref="InvalidOperationException">The answer is not whole, or not in as many chunks as it is to have.</exception>
    public async Task CheckAsync(RelayLoad load)
    {
        using var response = await SendAsync(load, CancellationToken.None);
        var text = await response.Content.ReadAsStringAsync();
        var pieces = text.Split("\"content\":\"w").Length - 1;
        var isWhole = load.Streams
            ? pieces == load.Pieces && text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal)
            : text.Length > load.Body.Length;
        if (!isWhole)
        {
            throw new InvalidOperationException($"{chat} answered '{load.Title}' in {pieces} chunks and {text.Length} characters.");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task CallAsync(RelayLoad load, byte[] buffer, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(load, cancellationToken);
        await using var answer = await response.Content.ReadAsStreamAsync(cancellationToken);
        int read, last = 0;
        while ((read = await answer.ReadAsync(buffer, cancellationToken)) > 0)
        {
            last = buffer[read - 1];
        }

        if (last != (load.Streams ? '\n' : '}'))
        {
            throw new InvalidOperationException($"{chat} left an answer unfinished.");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(RelayLoad load, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, chat);
        request.Headers.Authorization = _authorization;
        request.Content = new ByteArrayContent(load.Body) { Headers = { ContentType = Json } };
        var response = await _http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var reason = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new InvalidOperationException($"{chat} answered {(int)response.StatusCode}: {reason}");
        }

        return response;
    }
}
