using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>A broker's tunnel side on loopback sockets, whose every frame the test decides.</summary>
internal sealed class FakeBroker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<FakeBrokerPeer> _peers = Channel.CreateUnbounded<FakeBrokerPeer>();

    private FakeBroker()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            if (ProxyStatus is { } status && context.Request.Protocol == HttpProtocol.Http2)
            {
                context.Response.StatusCode = status;
                return Task.CompletedTask;
            }

            return next(context);
        });
        _app.MapGrpcService<Service>();
        _app.MapGet("/.well-known/polydev", () => Results.Text(WellKnown ?? Known(), "application/json"));
    }

    public Uri Url => new(Addresses[0]);

    public Uri Grpc => new(Addresses[1]);

    /// <summary>Overrides the answer of the discovery.</summary>
    public string? WellKnown { get; set; }

    /// <summary>Refuses each stream with this status before any frame.</summary>
    public Grpc.Core.Status? Rejection { get; set; }

    /// <summary>The one that it lets in; null: any.</summary>
    public string? Token { get; set; }

    /// <summary>Answers each stream with this HTTP status, as a proxy before a broker does.</summary>
    public int? ProxyStatus { get; set; }

    private List<string> Addresses =>
        [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    public static async Task<FakeBroker> StartAsync()
    {
        var broker = new FakeBroker();
        await broker._app.StartAsync();
        return broker;
    }

    /// <summary>The next tunnel that comes, its hello read, not yet welcomed.</summary>
    public Task<FakeBrokerPeer> AcceptAsync() => _peers.Reader.ReadAsync().AsTask().DefaultTimeout();

    /// <summary>The next tunnel, welcomed by a broker of these features; of none, as the first ones were.</summary>
    public async Task<FakeBrokerPeer> WelcomeAsync(params string[] features)
    {
        var peer = await AcceptAsync();
        await peer.SendAsync(new BrokerFrame { Welcome = new Welcome { SessionId = "s", Features = { features } } });
        return peer;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private string Known() => $$"""{"grpc":"{{Addresses[1]}}","version":"9","protocol":1,"later":true}""";

    private static BrokerFrame Refuse(string message, bool isPermanent) =>
        new() { Refused = new Refused { Message = message, Permanent = isPermanent } };

    private sealed class Service(FakeBroker broker) : TunnelBroker.TunnelBrokerBase
    {
        public override async Task Connect(
            IAsyncStreamReader<ClientFrame> requestStream, IServerStreamWriter<BrokerFrame> responseStream, ServerCallContext context)
        {
            if (broker.Rejection is { } rejection)
            {
                throw new RpcException(rejection);
            }

            if (broker.Token is { } token && context.RequestHeaders.GetValue("authorization") != $"Bearer {token}")
            {
                await responseStream.WriteAsync(Refuse("The tunnel token is unknown or revoked.", isPermanent: true));
                return;
            }

            if (!await requestStream.MoveNext())
            {
                await responseStream.WriteAsync(Refuse("No hello.", isPermanent: false));
                return;
            }

            var peer = new FakeBrokerPeer(requestStream.Current.Hello, context.RequestHeaders.GetValue("authorization"), responseStream);
            await broker._peers.Writer.WriteAsync(peer);
            await peer.ServeAsync(requestStream, context.CancellationToken);
        }
    }
}
