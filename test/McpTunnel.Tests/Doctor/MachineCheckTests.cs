using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Doctor;
using Polydev.McpTunnel.Doctor.Checks;
using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tests.Setup;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Doctor;

/// <summary>What is said of the machine itself: its folder, its administrators, its editors, its running tunnel.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MachineCheckTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly SetupRig _setup = new();

    private TunnelPaths Paths => new(Path.Combine(_folder.FullName, "state"));

    [TearDown]
    public void TearDown()
    {
        _setup.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task StateFolder_ThatIsNotThereYet_IsMadeAndOk()
    {
        var result = await RunAsync(new StateFolderCheck(Paths));

        Assert.That((result.Status, result.Remedy), Is.EqualTo((CheckStatus.Ok, (string?)null)));
        Assert.That(Directory.EnumerateFiles(Paths.State, "*", SearchOption.AllDirectories), Is.Empty, "nothing is left behind");
    }

    [Test]
    public async Task StateFolder_ThatIsAFile_Fails()
    {
        await File.WriteAllTextAsync(Paths.State, string.Empty);

        var result = await RunAsync(new StateFolderCheck(Paths));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(result.Detail, Does.Contain(Paths.State));
        Assert.That(result.Remedy, Is.Not.Empty);
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task StateFolder_ThatOthersCanOpen_IsAWarning()
    {
        Directory.CreateDirectory(Paths.State);
        OpenToAll(Paths.State);

        var result = await RunAsync(new StateFolderCheck(Paths));

        Assert.That((result.Status, result.Remedy), Is.EqualTo((CheckStatus.Warning, $"chmod 700 '{Paths.State}'")));
    }

    [TestCase("etc/claude-code/managed-settings.json")]
    [TestCase("etc/codex/requirements.toml")]
    [TestCase("etc/gemini-cli/policies/all.toml")]
    [Platform(Exclude = "Win")]
    public async Task Layers_OfAnAdministrator_FailUnlessTheyAreAllowed(string file)
    {
        Assert.That((await RunAsync(new ManagedLayersCheck(Machine()))).Status, Is.EqualTo(CheckStatus.Ok));
        var path = _folder.File(["system", .. file.Split('/')]);
        await File.WriteAllTextAsync(path, "{}");

        var refused = await RunAsync(new ManagedLayersCheck(Machine()));
        var allowed = await RunAsync(new ManagedLayersCheck(Machine(("POLYDEV_ALLOW_MANAGED", "1"))));

        Assert.That((refused.Status, refused.Remedy), Is.EqualTo((CheckStatus.Failed, "export POLYDEV_ALLOW_MANAGED=1")));
        Assert.That(refused.Detail, Does.Contain(path));
        Assert.That(allowed.Status, Is.EqualTo(CheckStatus.Warning));
    }

    [Test]
    public async Task Editor_BeforeAndAfterSetup_IsToldWithItsCommand()
    {
        var check = new EditorCheck(SetupRig.Editor("cursor"), _setup.Machine, _setup.Entry);

        var missing = await RunAsync(check);
        Assert.That((missing.Status, missing.Remedy), Is.EqualTo((CheckStatus.Skipped, "polydev-mcp setup cursor")));
        _setup.Run("cursor", "--yes");

        Assert.That((await RunAsync(check)).Status, Is.EqualTo(CheckStatus.Ok));
        var moved = new EditorCheck(SetupRig.Editor("cursor"), _setup.Machine, _setup.Entry with { Command = "/new/polydev-mcp" });
        var stale = await RunAsync(moved);
        Assert.That((stale.Status, stale.Remedy), Is.EqualTo((CheckStatus.Warning, "polydev-mcp setup cursor")));
    }

    [Test]
    public async Task Editor_WhoseFileCannotBeRead_IsAWarning()
    {
        _setup.Write("cursor", Encoding.UTF8.GetBytes("{ \"mcpServers\": "));

        var result = await RunAsync(new EditorCheck(SetupRig.Editor("cursor"), _setup.Machine, _setup.Entry));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Warning), result.Detail);
        Assert.That(result.Detail, Does.Contain(_setup.FileOf("cursor")));
    }

    [TestCase(TunnelPhase.Online, "http://127.0.0.1:5080", CheckStatus.Ok, "is online at")]
    [TestCase(TunnelPhase.Online, "https://other.example", CheckStatus.Warning, "online at https://other.example/, and none at")]
    [TestCase(TunnelPhase.Refused, "http://127.0.0.1:5080", CheckStatus.Failed, "is refused: not let in")]
    [TestCase(null, "http://127.0.0.1:5080", CheckStatus.Warning, "No tunnel runs")]
    public async Task Tunnel_ByWhatTheRunningOneTells(object? phase, string broker, object status, string detail)
    {
        using var catalog = new CliCatalog([], TimeProvider.System, NullLogger<CliCatalog>.Instance);
        var calls = new RunningCalls(TimeProvider.System);
        using var runner = new WorkRunner([], new WorkOptions(), calls, TimeProvider.System, NullLogger<WorkRunner>.Instance);
        var state = new TunnelState(TimeProvider.System);
        var access = new TunnelAccess(() => new TunnelSettings { Broker = new Uri(broker), Token = "pd_x" });
        var reporter = new StatusReporter(access, state, new TunnelIdentity("t", "desk", "1", 8), calls, runner, TimeProvider.System);
        using var socket = new StatusSocket(Paths, catalog, reporter, TimeProvider.System, NullLogger<StatusSocket>.Instance);
        if (phase is TunnelPhase now)
        {
            state.Become(now, now == TunnelPhase.Refused ? "not let in" : null);
            await socket.StartAsync(CancellationToken.None);
        }

        var result = await RunAsync(
            new RunningTunnelCheck(new RunningTunnels(Paths, TimeProvider.System), new TunnelSettings { Token = "pd_x" }));

        Assert.That((result.Status, result.Remedy is null), Is.EqualTo(((CheckStatus)status, result.Status == CheckStatus.Ok)));
        Assert.That(result.Detail, Does.Contain(detail));
        await socket.StopAsync(CancellationToken.None).DefaultTimeout();
    }

    private static Task<CheckResult> RunAsync(IDoctorCheck check) => check.RunAsync(CancellationToken.None).DefaultTimeout();

    private static void OpenToAll(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
    }

    private CliEnvironment Machine(params (string Name, string Value)[] variables) => new()
    {
        Variables = variables.ToDictionary(variable => variable.Name, variable => variable.Value),
        Home = _folder.Folder("home"),
        RunRoot = _folder.Folder("run"),
        SystemRoot = _folder.Folder("system"),
    };
}
