using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Polydev.Broker.Tests.SignIn.OpenId;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Hosted;

/// <summary>
/// A broker for others as README's "Behind a proxy, for others" has it: the command and the nginx servers are read from there. Beside them
/// stand an OpenID Connect provider, a PostgreSQL, and a machine with Codex CLI, whose model provider the test plays.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class HostedSite : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestCertificate _certificate = new();
    private readonly ReservedPort[] _ports = [ReservedPort.Take(), ReservedPort.Take(), ReservedPort.Take(), ReservedPort.Take()];
    private readonly TunnelBuild _build;
    private readonly string _database;

    private HostedSite(TunnelBuild build, string database) => (_build, _database) = (build, database);

    /// <summary>The address of people who are not on this machine: another of loopback's.</summary>
    public static IPAddress Elsewhere { get; } = IPAddress.Parse("127.0.0.2");

    /// <summary>The public address: the proxy's.</summary>
    public Uri Address => new($"https://localhost:{_ports[2].Number}");

    /// <summary>The same without TLS.</summary>
    public Uri PlainAddress => new($"http://localhost:{_ports[3].Number}");

    public RunningProgram Broker { get; private set; } = null!;

    public NginxProxy Proxy { get; private set; } = null!;

    public TestProvider SignIn { get; private set; } = null!;

    public ProviderServer Models { get; private set; } = null!;

    /// <summary>What the broker keeps beside its database.</summary>
    public IEnumerable<string> DataFiles => Directory.EnumerateFiles(_folder.Folder("broker")).Select(Path.GetFileName).OfType<string>();

    /// <summary>The token of the machine that was logged in.</summary>
    public string Token => Machine.StoredToken;

    private UserHome Machine { get; set; } = null!;

    public static async Task<HostedSite> StartAsync(TunnelBuild build)
    {
        // Where one of these is missing, the test is over before anything has started.
        NginxProxy.Require();
        TunnelProgram.Command(build);
        var site = new HostedSite(build, PostgresServer.CreateDatabase());
        try
        {
            await site.StartAsync();
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>A <c>polydev-mcp</c> of the machine, which trusts the site's certificate and knows nothing else of the site.</summary>
    public RunningProgram StartTool(params string[] arguments)
    {
        var command = TunnelProgram.Command(_build);
        var environment = Machine.ToldOfNoBroker("CLAUDE_CODE_PATH", "GEMINI_CLI_PATH");
        environment["POLYDEV_CA_FILE"] = _certificate.CertFile;
        return RunningProgram.Start(command[0], [.. command.Skip(1), .. arguments], environment);
    }

    /// <summary>For somebody <see cref="Elsewhere"/>, who trusts the site's certificate and no other.</summary>
    public SocketsHttpHandler Visitor()
    {
        var handler = _certificate.TrustingHandler();
        (handler.UseCookies, handler.AllowAutoRedirect) = (false, false);
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(Elsewhere, 0));
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        return handler;
    }

    /// <summary>
    /// Ends it all, and looks for what may stand nowhere: neither in what was printed and answered, nor in PostgreSQL or any other place
    /// where broker and tunnel keep something.
    /// </summary>
    /// <param name="secrets">Each may stand in an address and a form too.</param>
    /// <param name="said">What was said in calls, and secrets that stand in neither.</param>
    /// <param name="printed">Of the tools that were started.</param>
    public async Task EndAsync(IReadOnlyList<string> secrets, IEnumerable<string> said, IEnumerable<string> printed)
    {
        var errors = new ErrorAnswers();
        await errors.ProvokePagesAsync(Address, secrets, Visitor());
        await Broker.DisposeAsync();
        var (database, dump) = (_folder.File("database.sql"), PostgresServer.Dump(_database));
        await File.WriteAllTextAsync(database, dump);

        // It is the right one: each secret's public part stands there.
        Assert.That(secrets.Select(secret => secret[3..15]), Has.All.Matches<string>(dump.Contains));
        SecretWatch.AssertNone(
            [.. secrets, TestProvider.ClientSecret],
            [.. said, .. Models.Requests.SelectMany(request => SecretWatch.SaidIn(request.Conversation))],
            [.. printed, Broker.Output, Proxy.Log],
            errors.Bodies,
            [database, .. Directory.EnumerateFiles(Machine.StateFolder), .. Directory.EnumerateFiles(_folder.Folder("broker"))]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new IAsyncDisposable?[] { Proxy, Broker, SignIn, Models })
        {
            await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(_folder.FullName), TimeSpan.FromSeconds(5));
        PostgresServer.DropDatabase(_database);
        Array.ForEach(_ports, port => port.Dispose());
        _certificate.Dispose();
        _folder.Dispose();
    }

    private async Task StartAsync()
    {
        Models = await ProviderServer.StartAsync();
        Machine = new UserHome(_folder, Models);
        SignIn = await TestProvider.StartAsync();
        await SignIn.RegisterAsync(new Uri(Address, "/sign-in/callback"));
        Broker = StartBroker();
        Assert.That(await Broker.LineWithAsync("API "), Does.EndWith($" {Address}api/v1"));
        Proxy = await NginxProxy.StartAsync(_folder.Folder("nginx"), Servers());
    }

    private RunningProgram StartBroker()
    {
        // What README calls polydev-broker.
        var program = _folder.File("bin", "polydev-broker");
        File.WriteAllText(program, $"#!/bin/sh\nexec dotnet '{RunningProgram.AssemblyPath("Broker", "polydev-broker")}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var command = WithPorts(ReadmeBlock.Read("sh", "POLYDEV_DATABASE="))
            .With("Host=127.0.0.1;Database=polydev;Username=polydev;Password=…", _database)
            .With("POLYDEV_OIDC_CLIENT_ID=…", $"POLYDEV_OIDC_CLIENT_ID={TestProvider.ClientId}")
            .With("POLYDEV_OIDC_CLIENT_SECRET=…", $"POLYDEV_OIDC_CLIENT_SECRET={TestProvider.ClientSecret}")
            .With("https://id.example", SignIn.Address.GetLeftPart(UriPartial.Authority));
        var environment = new Dictionary<string, string>(Machine.Environment)
        {
            ["PATH"] = $"{_folder.Folder("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        return RunningProgram.Start("sh", ["-c", command.Text], environment);
    }

    private string Servers() => WithPorts(ReadmeBlock.Read("nginx", "grpc_pass"))
        .With("listen 443 ", $"listen 127.0.0.1:{_ports[2].Number} ")
        .With("listen 80;", $"listen 127.0.0.1:{_ports[3].Number};")
        .With("server_name broker.example;", "server_name localhost;")
        .With("/etc/ssl/broker.example.pem", _certificate.CertFile)
        .With("/etc/ssl/broker.example.key", _certificate.KeyFile)
        .Text;

    private ReadmeBlock WithPorts(ReadmeBlock block) => block
        .With("127.0.0.1:5080", $"127.0.0.1:{_ports[0].Number}")
        .With("127.0.0.1:5081", $"127.0.0.1:{_ports[1].Number}")
        .With("https://broker.example", Address.GetLeftPart(UriPartial.Authority));
}
