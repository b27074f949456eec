using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Doctor;
using Polydev.McpTunnel.Doctor.Checks;
using Polydev.McpTunnel.Tests.Tunnel;
using Polydev.McpTunnel.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Doctor;

/// <summary>A certificate that is not good is told for what it is, with what mends it.</summary>
public sealed class BrokerTlsCheckTests
{
    [TestCase(-30, 90, CheckStatus.Ok, "is trusted, until")]
    [TestCase(-30, 3, CheckStatus.Warning, "ends soon")]
    [TestCase(-30, -1, CheckStatus.Failed, "has expired on")]
    [TestCase(1, 90, CheckStatus.Failed, "good from")]
    public async Task Certificate_ByItsDates(int from, int until, object status, string detail)
    {
        using var certificate = new TestCertificate(days: (from, until));

        var (tls, broker) = await CheckAsync(certificate, BrokerTrust.Load(certificate.CertFile)!);

        Assert.That((tls.Status, tls.Remedy is null), Is.EqualTo(((CheckStatus)status, tls.Status == CheckStatus.Ok)), tls.Detail);
        Assert.That(tls.Detail, Does.Contain(detail));
        Assert.That(broker.Status, Is.EqualTo(tls.Status == CheckStatus.Failed ? CheckStatus.Failed : CheckStatus.Ok), broker.Detail);
    }

    [Test]
    public async Task Certificate_OfAnAuthorityThatIsNotTrusted_SaysWhatToSet()
    {
        using var certificate = new TestCertificate();

        var (tls, broker) = await CheckAsync(certificate, BrokerTrust.OfTheSystem);

        Assert.That((tls.Status, broker.Status), Is.EqualTo((CheckStatus.Failed, CheckStatus.Failed)));
        Assert.That(tls.Detail, Does.Contain("not trusted here (CN=localhost)"));
        Assert.That(tls.Remedy, Does.Contain("POLYDEV_CA_FILE"));
        Assert.That(broker.Detail, Does.Contain("no connection to it can be trusted"));
    }

    [Test]
    public async Task Certificate_OfAnotherName_SaysWhose()
    {
        using var certificate = new TestCertificate("broker.example");

        var (tls, _) = await CheckAsync(certificate, BrokerTrust.Load(certificate.CertFile)!);

        Assert.That(tls.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(tls.Detail, Does.Contain("of another name (CN=broker.example)"));
        Assert.That(tls.Remedy, Does.Contain("POLYDEV_BROKER_URL"));
    }

    [Test]
    public async Task Broker_ThatSpeaksNoTls_SaysSo()
    {
        await using var broker = await FakeBroker.StartAsync();
        var settings = new TunnelSettings { Broker = new UriBuilder(broker.Url) { Scheme = "https" }.Uri, Token = "pd_x" };

        var result = await RunAsync(Check(settings));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(result.Remedy, Does.Contain("openssl s_client"));
    }

    [Test]
    public async Task Broker_WithoutTlsElsewhere_IsAWarning()
    {
        var settings = new TunnelSettings { Broker = new Uri("http://broker.example"), Insecure = true, Token = "pd_x" };

        var result = await RunAsync(Check(settings));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Warning));
        Assert.That(result.Detail, Does.Contain("cleartext"));
    }

    private static BrokerTlsCheck Check(TunnelSettings settings) =>
        new(new BrokerExam(settings, new BrokerLoop(), TimeProvider.System), TimeProvider.System);

    private static async Task<(CheckResult Tls, CheckResult Broker)> CheckAsync(TestCertificate certificate, BrokerTrust trust)
    {
        await using var broker = await StartAsync(certificate);
        var url = broker.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var exam = new BrokerExam(
            new TunnelSettings { Broker = new Uri(url), Trust = trust, Token = "pd_x" }, new BrokerLoop(), TimeProvider.System);
        return (await RunAsync(new BrokerTlsCheck(exam, TimeProvider.System)), await RunAsync(new BrokerCheck(exam)));
    }

    private static Task<CheckResult> RunAsync(IDoctorCheck check) => check.RunAsync(CancellationToken.None).DefaultTimeout();

    private static async Task<WebApplication> StartAsync(TestCertificate certificate)
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
