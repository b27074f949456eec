using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>Another address of a server, as a proxy gives it one: each request is handed on as it is, and its answer back.</summary>
internal sealed class OtherAddress : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly WebApplication _application;
    private readonly string _server;

    private OtherAddress(string server)
    {
        _server = server;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        _application = builder.Build();
        _application.Run(HandOnAsync);
    }

    public string Url => _application.Urls.First();

    /// <summary>What came through here: method, path and the answer's status.</summary>
    public ConcurrentQueue<(string Method, string Path, int Status)> Passed { get; } = new();

    public static async Task<OtherAddress> StartAsync(string server)
    {
        var address = new OtherAddress(server);
        await address._application.StartAsync();
        return address;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        _client.Dispose();
    }

    private async Task HandOnAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), $"{_server}{context.Request.Path}{context.Request.QueryString}");
        request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers.Where(header => header.Key is not ("Host" or "Connection")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key != "Transfer-Encoding"))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        Passed.Enqueue((context.Request.Method, context.Request.Path, context.Response.StatusCode));
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
