using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Egress;

/// <summary>
/// A server with TLS on loopback that stands behind every address of a <see cref="FakeNetwork"/>. Its certificate is for the hosts below
/// <c>pictures.example</c>.
/// </summary>
internal sealed class PictureServer : IAsyncDisposable
{
    private readonly TestCertificate _certificate;
    private readonly WebApplication _app;
    private int _connections;

    private PictureServer(TestCertificate certificate, WebApplication app) => (_certificate, _app) = (certificate, app);

    /// <summary>Connections that were accepted, whatever became of them.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Of each request: <c>https://host/path</c> and its headers.</summary>
    public ConcurrentQueue<(string Url, Dictionary<string, string> Headers)> Requests { get; } = new();

    public Func<HttpContext, Task> Answer { get; set; } = context => Send(context, "image/png", []);

    public IPEndPoint EndPoint
    {
        get
        {
            var url = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
            return new IPEndPoint(IPAddress.Loopback, new Uri(url).Port);
        }
    }

    public X509Certificate2Collection Authorities
    {
        get
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(_certificate.CertFile);
            return authorities;
        }
    }

    public static async Task<PictureServer> StartAsync()
    {
        var certificate = new TestCertificate("*.pictures.example");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        PictureServer server = null!;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection =>
            {
                Interlocked.Increment(ref server._connections);
                return next(connection);
            });
            listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate.CertFile, certificate.KeyFile));
        }));
        server = new PictureServer(certificate, builder.Build());
        server._app.Run(server.OnRequestAsync);
        await server._app.StartAsync();
        return server;
    }

    public static async Task Send(HttpContext context, string? type, byte[] data)
    {
        (context.Response.ContentType, context.Response.ContentLength) = (type, data.Length);
        await context.Response.Body.WriteAsync(data);
    }

    public static Task Redirect(HttpContext context, string location, int status = 302)
    {
        (context.Response.StatusCode, context.Response.Headers.Location) = (status, location);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private Task OnRequestAsync(HttpContext context)
    {
        var request = context.Request;
        Requests.Enqueue((
            $"{request.Scheme}://{request.Host}{request.Path}{request.QueryString}",
            request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())));
        return Answer(context);
    }
}
