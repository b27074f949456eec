using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;
using Polydev.Broker.AccountData;
using Polydev.Broker.Accounts;
using Polydev.Broker.Api;
using Polydev.Broker.Api.Bodies;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Companion;
using Polydev.Broker.Egress;
using Polydev.Broker.Exchange;
using Polydev.Broker.Hosting;
using Polydev.Broker.Keys;
using Polydev.Broker.Limits;
using Polydev.Broker.Machines;
using Polydev.Broker.Manage;
using Polydev.Broker.Pages;
using Polydev.Broker.Quotas;
using Polydev.Broker.Reference;
using Polydev.Broker.Routing;
using Polydev.Broker.SignIn;
using Polydev.Broker.SignIn.OpenId;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Stored;
using Polydev.Broker.Tunnels;

namespace Polydev.Broker.Commands;

/// <summary>Puts the serving broker together.</summary>
internal static class BrokerHost
{
    private static readonly TimeSpan AfterTheDrain = TimeSpan.FromSeconds(5);

    /// <param name="replace">Puts other services in the place of the broker's own, for tests.</param>
    /// <exception cref="TlsCertificateException">There is no serving with this certificate.</exception>
    public static WebApplication Build(ServeOptions options, Action<IServiceCollection>? replace = null)
    {
        // A start that fails is told once, by the command and without a stack: the host's own words come after that only.
        var started = false;
        var tls = options.TlsCert is { } certificate ? TlsCertificate.Load(certificate, options.TlsKey) : null;

        // To see a change of its settings it would watch all below the folder that it was started in, which its database may lie in: the
        // kernel then tells it of each call that is counted.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        AddLogging(builder.Logging, () => Volatile.Read(ref started));
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options, tls));

        builder.Services.AddSingleton(options).AddPages();
        builder.Services.AddSingleton(services => new BrokerAddresses(services.GetRequiredService<IServer>(), options.PublicUrl));
        builder.Services.AddStorage(new StorageOptions { DataFolder = options.DataFolder, Postgres = options.Postgres });
        builder.Services.AddAudit().AddKeys().AddAccounts().AddQuotas(builder.Configuration);
        builder.Services.AddApiKeys().AddMachines(builder.Configuration).AddMachineConnections().AddAccountData();
        builder.Services.AddUsage(new UsageOptions { CallDays = options.KeepDays });
        var signIn = SignInOptions.Of(options.Http, options.PublicUrl);
        builder.Services.AddSignIn(signIn);
        if (options.OpenId is { } openId)
        {
            builder.Services.AddOpenId(openId, signIn);
        }

        builder.Services.AddLimits(builder.Configuration, options.CallTime);
        builder.Services.AddEgress(new EgressOptions { Fetches = options.FetchAddresses });
        builder.Services.AddTunnels(new TunnelOptions
        {
            EventTimeout = options.Timeout,
            DrainTime = options.DrainTime,
            AwaitFirst = options.AwaitTunnels,
        });
        builder.Services.AddModelRouting().AddExchange().AddStoredResponses().AddApi().AddManage().AddReference();
        builder.Services.AddCompanion(
            new CompanionOptions
            {
                DataFolder = options.DataFolder,
                Insecure = options.Insecure,
                AuthorityFile = tls is { IsSelfSigned: true } ? options.TlsCert : null,
            },
            options.WithTunnel);

        // Kestrel waits that long for running answers; the tunnels' drain cuts them before.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTime + AfterTheDrain);

        replace?.Invoke(builder.Services);
        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() => Volatile.Write(ref started, true));

        // Who is signed in is asked for by the pages alone. The framework would ask on every call of the API, and open a scope for it.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        app.UseApiPaths();
        app.UseRouting();
        app.UseApi(BrowserAccess.Of(options.CorsOrigins, options.Http, options.PublicUrl), ManageEndpoints.Root);
        app.UseManage();
        app.UseReference();
        app.UsePages();
        app.MapApi();
        app.MapManage();
        app.MapReference();
        app.MapPages();
        app.MapOAuth();
        app.MapTunnels();
        return app;
    }

    private static void AddLogging(ILoggingBuilder logging, Func<bool> hasStarted)
    {
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None);

        // Its request lines hold the query, and that may hold a key: not even a configuration that asks for more gets them. Wholly off
        // it also begins no activity and no log scope for each call, which were 0.9 kB of it.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Warning && hasStarted());

        // That the keys of the cookies lie in the database in cleartext is meant: they are of no use without a session's secret.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);

        // Anyone can send a form that is none, or an answer that no provider gave: no line of the log for each.
        logging.AddFilter("Microsoft.AspNetCore.Antiforgery.DefaultAntiforgery", LogLevel.Error);
        logging.AddFilter("Microsoft.AspNetCore.Authentication.OpenIdConnect", LogLevel.None);

        // Standard output is for what scripts read: the addresses, and the companion's report.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void Listen(KestrelServerOptions kestrel, ServeOptions options, TlsCertificate? tls)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = RequestBody.MaxDrainedBytes;

        // A caller may read slowly for a while: the credit slows its CLI down. One that has stopped reading is cut within minutes: Kestrel
        // allows what is buffered divided by this rate, so that a rate of 1 would keep the CLI's turn for hours.
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromMinutes(1));
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);

        if (tls is not null)
        {
            // With TLS, ALPN lets one port serve both.
            Bind(kestrel, options.Http, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(tls.Configure);
            });
            return;
        }

        Bind(kestrel, options.Listening[0], listen => listen.Protocols = HttpProtocols.Http1);
        Bind(kestrel, options.Listening[1], listen => listen.Protocols = HttpProtocols.Http2);
    }

    private static void Bind(KestrelServerOptions kestrel, Uri url, Action<ListenOptions> configure)
    {
        var address = url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.Host.Trim('[', ']'));
        kestrel.Listen(address, url.Port, configure);
    }
}
