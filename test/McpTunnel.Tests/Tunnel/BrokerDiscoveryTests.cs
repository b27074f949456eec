using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>What a document says cannot send the token to another host, nor out of TLS, nor to whom nobody has vouched for.</summary>
public sealed class BrokerDiscoveryTests
{
    [TestCase("http://127.0.0.1:9")]
    [TestCase("http://localhost:9")]
    [TestCase("http://[::1]:9")]
    [TestCase("https://127.0.0.1:9")]
    public async Task Find_ServiceOnTheBrokersOwnHost_IsTaken(string grpc)
    {
        await using var broker = await FakeBroker.StartAsync();
        broker.WellKnown = $$"""{"grpc":"{{grpc}}","api":"http://127.0.0.1:1/api/v1","protocol":1}""";

        var found = await FindAsync(new TunnelSettings { Broker = broker.Url });

        Assert.That((found.Grpc, found.Api), Is.EqualTo((new Uri(grpc), new Uri("http://127.0.0.1:1/api/v1"))));
    }

    [TestCase("http://evil.example:9")]
    [TestCase("https://evil.example:9")]
    [TestCase("https://127.0.0.1.evil.example")]
    [TestCase("http://10.0.0.1:9")]
    public async Task Find_ServiceOnAnotherHost_IsRefused(string grpc)
    {
        await using var broker = await FakeBroker.StartAsync();
        broker.WellKnown = $$"""{"grpc":"{{grpc}}","protocol":1}""";

        var end = Fails(new TunnelSettings { Broker = broker.Url });

        Assert.That(end.Message, Does.Contain(new Uri(grpc).Host).And.Contain("POLYDEV_GRPC_URL"));
    }

    [Test]
    public async Task Find_ServiceThatIsPinned_IsThatWhateverTheDocumentSays()
    {
        await using var broker = await FakeBroker.StartAsync();
        broker.WellKnown = """{"grpc":"http://evil.example:9","api":"https://broker.example/api/v1","protocol":1}""";
        var pinned = new Uri("https://tunnels.example");

        var found = await FindAsync(new TunnelSettings { Broker = broker.Url, Grpc = pinned });

        Assert.That((found.Grpc, found.Api), Is.EqualTo((pinned, new Uri("https://broker.example/api/v1"))));
    }

    [Test]
    public async Task Find_AnEndlessDocument_IsNoBrokers()
    {
        await using var broker = await FakeBroker.StartAsync();
        broker.WellKnown = $$"""{"grpc":"http://127.0.0.1:9","version":"{{new string('x', 100_000)}}","protocol":1}""";

        Assert.That(Fails(new TunnelSettings { Broker = broker.Url }).Message, Does.StartWith("No broker answers at"));
    }

    [Test]
    public async Task Find_OverTls_TrustsTheAuthorityThatItWasGiven()
    {
        using var certificate = new TestCertificate();
        await using var broker = await StartTlsAsync(certificate);
        var settings = new TunnelSettings { Broker = new Uri(UrlOf(broker)), Trust = BrokerTrust.Load(certificate.CertFile)! };

        var found = await FindAsync(settings);

        Assert.That(found.Version, Is.EqualTo("tls"));
    }

    [TestCase("none", "UntrustedRoot")]
    [TestCase("another", "UntrustedRoot")]
    [TestCase("of another name", "RemoteCertificateNameMismatch")]
    public async Task Find_OverTlsWithoutTrust_SaysWhyAndWhatToSet(string trust, string reason)
    {
        using var certificate = new TestCertificate(trust == "of another name" ? "broker.example" : "localhost");
        using var another = new TestCertificate();
        await using var broker = await StartTlsAsync(certificate);
        var settings = new TunnelSettings
        {
            Broker = new Uri(UrlOf(broker)),
            Trust = trust switch
            {
                "none" => BrokerTrust.OfTheSystem,
                "another" => BrokerTrust.Load(another.CertFile)!,
                _ => BrokerTrust.Load(certificate.CertFile)!,
            },
        };

        Assert.That(Fails(settings).Message, Does.Contain("could not be trusted").And.Contain(reason).And.Contain("POLYDEV_CA_FILE"));
    }

    [Test]
    public void Load_AFileWithoutACertificate_IsNoTrust()
    {
        using var certificate = new TestCertificate();

        Assert.That(BrokerTrust.Load(certificate.KeyFile), Is.Null);
    }

    private static Task<BrokerAddress> FindAsync(TunnelSettings settings) =>
        BrokerDiscovery.FindAsync(settings, CancellationToken.None).DefaultTimeout();

    private static ConnectionEnd Fails(TunnelSettings settings) =>
        Assert.ThrowsAsync<ConnectionEndedException>(() => FindAsync(settings))!.End;

    private static string UrlOf(WebApplication broker) =>
        broker.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private static async Task<WebApplication> StartTlsAsync(TestCertificate certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate.CertFile, certificate.KeyFile))));
        var app = builder.Build();
        app.MapGet("/.well-known/polydev", (HttpContext context) =>
            Results.Text($$"""{"grpc":"https://{{context.Request.Host}}","version":"tls","protocol":1}""", "application/json"));
        await app.StartAsync();
        return app;
    }
}
