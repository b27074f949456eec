using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Polydev.Broker.Accounts;
using Polydev.Broker.Api;
using Polydev.Broker.Keys;
using Polydev.Broker.Pages;
using Polydev.Broker.Routing;
using Polydev.Broker.Storage;
using Polydev.Broker.Tunnels;

namespace Polydev.Broker.Commands;

/// <summary>Puts the serving broker together.</summary>
internal static class BrokerHost
{
    public static WebApplication Build(ServeOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));

        builder.Services.AddSingleton(options).AddSingleton<CompanionCredentials>().AddSingleton<BrokerAddresses>().AddSingleton<StatusPage>();
        builder.Services.AddStorage(options.DataFolder).AddKeys().AddAccounts();
        builder.Services.AddTunnels(new TunnelOptions { EventTimeout = options.Timeout });
        builder.Services.AddModelRouting().AddApi();
        if (options.WithTunnel)
        {
            builder.Services.AddHostedService<CompanionTunnel>();
        }

        var app = builder.Build();
        app.UseRouting();
        app.UseApi();
        app.MapApi();
        app.MapPages();
        app.MapTunnels();
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ServeOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = RequestBody.MaxDrainedBytes;

        // A caller may read slowly for a while: the credit slows its CLI down. One that has stopped reading is cut in the end.
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1, gracePeriod: TimeSpan.FromMinutes(1));
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);

        if (options.Http.Scheme == Uri.UriSchemeHttps)
        {
            // With TLS, ALPN lets one port serve both.
            Bind(kestrel, options.Http, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps();
            });
            return;
        }

        Bind(kestrel, options.Http, listen => listen.Protocols = HttpProtocols.Http1);
        Bind(kestrel, options.Grpc, listen => listen.Protocols = HttpProtocols.Http2);
    }

    private static void Bind(KestrelServerOptions kestrel, Uri url, Action<ListenOptions> configure)
    {
        switch (url.Host)
        {
            case "localhost":
                kestrel.Listen(IPAddress.Loopback, url.Port, configure);
                break;
            case "*" or "+":
                kestrel.ListenAnyIP(url.Port, configure);
                break;
            default:
                kestrel.Listen(IPAddress.Parse(url.Host.Trim('[', ']')), url.Port, configure);
                break;
        }
    }
}
