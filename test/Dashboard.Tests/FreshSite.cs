using System.Runtime.Versioning;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider;
using Polydev.TestKit;

namespace Polydev.Dashboard.Tests;

/// <summary>
/// A broker process that has just been started for the first time, and a computer with two real CLIs that nobody has logged in there yet.
/// When all has ended, none of the secrets that were told and nothing that was said may stand anywhere.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class FreshSite : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ErrorAnswers _errors = new();
    private readonly UserHome _home;
    private readonly List<string> _secrets = [];
    private readonly List<string> _codes = [];
    private readonly List<string> _said = [];
    private readonly List<string> _printed = [];
    private string? _link;

    private FreshSite(ProviderServer models)
    {
        Models = models;
        _home = new UserHome(_folder, models);
    }

    /// <summary>Where the broker's pages are.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The vendor that the computer's CLIs ask.</summary>
    public ProviderServer Models { get; }

    private RunningProgram Broker { get; set; } = null!;

    public static async Task<FreshSite> StartAsync()
    {
        var site = new FreshSite(await ProviderServer.StartAsync());
        string[] arguments = ["serve", "--http", "http://127.0.0.1:0", "--grpc", "http://127.0.0.1:0"];
        site.Broker = RunningProgram.StartAssembly("Broker", "polydev-broker", arguments, site._home.Environment);
        var api = (await site.Broker.LineWithAsync("API ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
        site.Address = new Uri(api[..^"/api/v1".Length]);
        return site;
    }

    /// <summary>The sign-in link that the broker has printed, for the person at its terminal.</summary>
    public async Task<Uri> LinkAsync()
    {
        var link = new Uri((await Broker.LineWithAsync("Sign in ")).Split(' ')[^1]);
        WatchSecret(_link = link.Segments[^1]);
        return link;
    }

    /// <summary>A <c>polydev-mcp</c> of the computer, which knows no more of the broker than what it is told.</summary>
    public async Task<RunningProgram> StartToolAsync(params string[] arguments)
    {
        await _home.PutSelfTestsAsync();
        var command = TunnelProgram.Command(TunnelBuild.Managed);
        return RunningProgram.Start(command[0], [.. command.Skip(1), .. arguments], _home.ToldOfNoBroker("GEMINI_CLI_PATH"));
    }

    /// <summary>For an SDK: the errors that it is answered are looked through too.</summary>
    public HttpClient CreateClient() => new(_errors.CreateHandler());

    /// <summary>It stands in addresses and forms that are refused too.</summary>
    public void WatchSecret(string secret) => _secrets.Add(secret);

    /// <summary>A session's cookie, what was said in a call.</summary>
    public void Watch(string text) => _said.Add(text);

    /// <summary>A <c>polydev-mcp login</c> that has ended: what it was given; and it told its person the code where it should.</summary>
    public void WatchLogin(RunningProgram login, string code)
    {
        WatchSecret(_home.StoredToken);
        _codes.AddRange([code, code.Replace("-", "", StringComparison.Ordinal)]);

        // The address to open, and the code itself.
        _printed.Add(SecretWatch.PrintedBeside(login, code, lines: 2));
    }

    /// <summary>SIGTERM to its tunnel, as a service manager stops it; its CLIs are gone with it.</summary>
    public async Task StopTunnelAsync(RunningProgram tunnel)
    {
        await tunnel.TerminateAsync();
        Assert.That(await tunnel.ExitAsync(), Is.Zero, tunnel.Output);
        await Leftovers.AssertNoneAsync(
            () => [.. ProcessProbe.WithMarker(_folder.FullName).Where(process => process.Id != Broker.Id)],
            Path.Combine(_home.StateFolder, "run"));
        await _home.KeepSelfTestsAsync();
        _printed.Add(tunnel.Output);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _errors.ProvokePagesAsync(Address, _secrets);
        }
        finally
        {
            await Broker.DisposeAsync();
            await Models.DisposeAsync();
        }

        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(_folder.FullName), TimeSpan.FromSeconds(5));
        SecretWatch.AssertNone(
            [.. _secrets, .. _codes],
            [.. _said, .. Models.Requests.SelectMany(request => SecretWatch.SaidIn(request.Conversation))],
            [.. _printed, _link is null ? Broker.Output : SecretWatch.PrintedBeside(Broker, _link, lines: 1)],
            _errors.Bodies,
            [
                .. Directory.EnumerateFiles(_folder.Folder("broker"), "*", SearchOption.AllDirectories),
                .. Directory.EnumerateFiles(_home.StateFolder),
            ]);
        _folder.Dispose();
    }
}
