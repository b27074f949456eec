using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>A broker with a certificate: REST over HTTP/1.1 and HTTP/2 and the tunnels' gRPC, all on one port.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TlsTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestCertificate _certificate = new();

    [TearDown]
    public async Task TearDown()
    {
        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(_folder.FullName), TimeSpan.FromSeconds(5));
        _certificate.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task OnePort_ACallOverEitherHttpVersion_IsAnsweredThroughTheTunnel()
    {
        var (key, token) = (await CreateAsync("key"), await CreateAsync("token"));
        await using var broker = StartBroker("--tls-cert", _certificate.CertFile, "--tls-key", _certificate.KeyFile);
        var api = await ApiAsync(broker);
        await using var tunnel = StartTunnel(api, token, _certificate.CertFile);
        await tunnel.LineWithAsync("online");

        using var http = new HttpClient(_certificate.TrustingHandler());
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            Assert.That(await AskAsync(http, api, version), Is.EqualTo((version, "over TLS")));
        }

        using var known = JsonDocument.Parse(await http.GetStringAsync(new Uri(api, "/.well-known/polydev")));
        Assert.That(known.RootElement.GetProperty("grpc").GetString(), Is.EqualTo(api.GetLeftPart(UriPartial.Authority)));
    }

    [Test]
    public async Task Tunnel_ThatTrustsNoneOfIt_SaysWhyAndWhatToSet()
    {
        var token = await CreateAsync("token");
        await using var broker = StartBroker("--tls-cert", _certificate.BothFile);
        var api = await ApiAsync(broker);

        await using var tunnel = StartTunnel(api, token, authority: null);

        var line = await tunnel.LineWithAsync("waiting");
        Assert.That(line, Does.Contain("could not be trusted").And.Contain("UntrustedRoot").And.Contain("POLYDEV_CA_FILE"));
    }

    [Test]
    public async Task WithTunnel_OverTls_TrustsItsOwnBroker()
    {
        await using var broker = StartBroker("--with-tunnel", "--tls-cert", _certificate.CertFile, "--tls-key", _certificate.KeyFile);

        Assert.That(await broker.LineWithAsync("curl "), Does.Contain("https://127.0.0.1:"));
    }

    private static async Task<(Version Version, string Text)> AskAsync(HttpClient http, Uri api, Version version)
    {
        var messages = new[] { new { role = "user", content = "over TLS" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{api}/chat/completions"))
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = JsonContent.Create(new { model = KnownModels.Echo, messages }),
        };
        using var response = await http.SendAsync(request).DefaultTimeout();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var message = answer.RootElement.GetProperty("choices")[0].GetProperty("message");
        return (response.Version, message.GetProperty("content").GetString()!);
    }

    private static async Task<Uri> ApiAsync(RunningProgram broker) => new((await broker.LineWithAsync("API ")).Split(' ')[^1]);

    private RunningProgram StartBroker(params string[] more) => RunningProgram.StartAssembly(
        "Broker",
        "polydev-broker",
        ["serve", "--http", "https://127.0.0.1:0", "--data", _folder.Folder("data"), .. more],
        BareEnvironment());

    private RunningProgram StartTunnel(Uri api, string token, string? authority)
    {
        var environment = BareEnvironment();
        environment["POLYDEV_BROKER_URL"] = api.GetLeftPart(UriPartial.Authority);
        environment["POLYDEV_USER_TOKEN"] = token;
        environment["POLYDEV_CA_FILE"] = authority ?? string.Empty;
        var command = TunnelProgram.Command(TunnelBuild.Managed);
        return RunningProgram.Start(command[0], [.. command.Skip(1), "tunnel"], environment);
    }

    private async Task<string> CreateAsync(string kind)
    {
        await using var command = RunningProgram.StartAssembly(
            "Broker",
            "polydev-broker",
            [kind, "create", "--name", "e2e", "--data", _folder.Folder("data"), "--json"],
            BareEnvironment());
        return JsonDocument.Parse(await command.LineWithAsync("{")).RootElement.GetProperty(kind).GetString()!;
    }

    // No CLI on PATH or in the home: the echo is up at once.
    private Dictionary<string, string> BareEnvironment() => new()
    {
        ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
        ["HOME"] = _folder.Folder("home"),
        ["XDG_DATA_HOME"] = _folder.Folder("share"),
        ["POLYDEV_STATE_DIR"] = _folder.Folder("state"),
        ["POLYDEV_TEST_MARKER"] = _folder.FullName,
    };
}
