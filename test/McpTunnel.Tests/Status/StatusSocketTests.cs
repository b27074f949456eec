using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Commands;
using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tests.Clis;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Status;

/// <summary>What one process tells and another asks, over real sockets; both ends in this process.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StatusSocketTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly NoErrorLogs _logs = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly List<StatusSocket> _sockets = [];
    private readonly List<Socket> _others = [];
    private readonly ILoggerFactory _loggers;
    private readonly CliCatalog _catalog;
    private readonly RunningCalls _calls;
    private readonly WorkRunner _runner;
    private readonly TunnelPaths _paths;

    public StatusSocketTests()
    {
        _paths = new TunnelPaths(_folder.Folder("state"));
        _loggers = _logs.CreateFactory();
        _catalog = new CliCatalog([new DetectedAdapter("claude")], _time, _loggers.CreateLogger<CliCatalog>());
        _calls = new RunningCalls(_time);
        _runner = new WorkRunner([], new WorkOptions { MaxConcurrent = 5 }, _calls, _time, _loggers.CreateLogger<WorkRunner>());
    }

    private RunningTunnels Asking => new(_paths, _time);

    [TearDown]
    public async Task TearDown()
    {
        foreach (var socket in _sockets)
        {
            await StopAsync(socket);
        }

        _others.ForEach(socket => socket.Dispose());
        _runner.Dispose();
        _catalog.Dispose();
        _loggers.Dispose();
        _logs.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Ask_NoneHasEverRun_IsNone()
    {
        var status = await new RunningTunnels(new TunnelPaths(_folder.File("nowhere")), _time).AskAsync(CancellationToken.None);

        Assert.That((status.Tunnels.Count, status.Hanging.Count, status.IsOnline), Is.EqualTo((0, 0, false)));
        Assert.That(StatusCommand.ExitCode(status), Is.EqualTo(3));
        Assert.That(StatusCommand.Text(status, _time.GetUtcNow()), Does.StartWith("No tunnel runs on this machine."));
    }

    [Test]
    public async Task Ask_OneRuns_TellsWhatItDoesNow()
    {
        await StartAsync(TunnelPhase.Online);
        await _catalog.GetAsync(CancellationToken.None);
        using var call = _calls.Begin(new WorkItem { Provider = "claude", Model = "opus" });
        _time.Advance(TimeSpan.FromSeconds(90));

        var status = await AskAsync();

        var report = status.Tunnels.Single();
        Assert.Multiple(() =>
        {
            Assert.That(StatusCommand.ExitCode(status), Is.Zero);
            Assert.That((report.Process.Id, report.Process.Machine), Is.EqualTo((Environment.ProcessId, "desk")));
            Assert.That((report.Tunnel.State, report.Tunnel.Broker), Is.EqualTo(("online", "https://broker.example/")));
            Assert.That(report.Slots, Is.EqualTo(new SlotReport(5, 0, 0)));
            Assert.That(report.Running.Single(), Is.EqualTo(new CallReport("claude", "opus", 90)));
            Assert.That((report.Clis.Single().Provider, report.Clis.Single().InUse), Is.EqualTo(("claude", 1)));
            Assert.That(
                StatusCommand.Text(status, _time.GetUtcNow()),
                Does.Contain("on desk (process ").And.Contain("online for 1 min 30 s").And.Contain("claude   ready").And.Contain("1 call"));
        });
    }

    [Test]
    public async Task Ask_Refused_TellsWhyAndIsNotOnline()
    {
        await StartAsync(TunnelPhase.Refused, "The tunnel token is unknown or revoked.");

        var status = await AskAsync();

        Assert.That(StatusCommand.ExitCode(status), Is.EqualTo(1));
        Assert.That(
            StatusCommand.Text(status, _time.GetUtcNow()), Does.Contain("refused for 0 s").And.Contain("! The tunnel token is unknown"));
    }

    [Test]
    public async Task Ask_SeveralRun_TheOneThatIsOnlineComesFirst()
    {
        await StartAsync(TunnelPhase.StandingBy);
        await StartAsync(TunnelPhase.Waiting);
        await StartAsync(TunnelPhase.Online);

        var status = await AskAsync();

        Assert.That(status.Tunnels.Select(report => report.Tunnel.State), Is.EqualTo(new[] { "online", "waiting", "standing_by" }));
    }

    [Test]
    public async Task Ask_OneHasEnded_IsNotAmongThem()
    {
        await StartAsync(TunnelPhase.Online);
        await StopAsync(_sockets.Single());
        _sockets.Clear();

        Assert.That((await AskAsync()).Tunnels, Is.Empty);
        Assert.That(Directory.GetFileSystemEntries(_paths.Sockets), Is.Empty);
    }

    [Test]
    public async Task Ask_OneThatWasKilled_IsNotAmongThemAndIsTidiedUpLater()
    {
        var left = LeaveSocket("77-dead.sock", listens: false);

        Assert.That((await AskAsync()).Tunnels, Is.Empty);
        Assert.That(File.Exists(left), Is.True, "it could be of one that just starts");

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.That((await AskAsync()).Hanging, Is.Empty);
        Assert.That(File.Exists(left), Is.False);
    }

    [Test]
    public async Task Ask_OneThatHangs_IsNamedByItsProcess()
    {
        LeaveSocket("77-hangs.sock", listens: true);
        var asking = Asking.AskAsync(CancellationToken.None);

        _time.Advance(RunningTunnels.Limit);

        var status = await asking.DefaultTimeout();
        Assert.That(status.Hanging, Is.EqualTo(new[] { 77 }));
        Assert.That(StatusCommand.ExitCode(status), Is.EqualTo(1));
        Assert.That(StatusCommand.Text(status, _time.GetUtcNow()), Does.Contain("kill 77"));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public async Task Start_InAFolderThatIsOpen_ClosesItsOwn()
    {
        File.SetUnixFileMode(_paths.State, (UnixFileMode)0x1ED);

        await StartAsync(TunnelPhase.Online);

        Assert.That(
            File.GetUnixFileMode(_paths.Sockets), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public async Task Start_APathTooLongForASocket_LetsTheTunnelRun()
    {
        var deep = new TunnelPaths(_folder.Folder(new string('x', 120)));
        using var socket = Socket(deep, TunnelPhase.Online, error: null);

        await socket.StartAsync(CancellationToken.None);

        Assert.That((await new RunningTunnels(deep, _time).AskAsync(CancellationToken.None)).Tunnels, Is.Empty);
        await socket.StopAsync(CancellationToken.None).DefaultTimeout();
    }

    private static async Task StopAsync(StatusSocket socket)
    {
        await socket.StopAsync(CancellationToken.None).DefaultTimeout();
        socket.Dispose();
    }

    private Task<MachineStatus> AskAsync() => Asking.AskAsync(CancellationToken.None).DefaultTimeout();

    private async Task StartAsync(TunnelPhase phase, string? error = null)
    {
        var socket = Socket(_paths, phase, error);
        _sockets.Add(socket);
        await socket.StartAsync(CancellationToken.None);
    }

    private StatusSocket Socket(TunnelPaths paths, TunnelPhase phase, string? error) =>
        new(paths, _catalog, Reporter(phase, error), _time, _loggers.CreateLogger<StatusSocket>());

    private StatusReporter Reporter(TunnelPhase phase, string? error)
    {
        var state = new TunnelState(_time);
        state.Become(phase, error);
        var access = new TunnelAccess(() => new TunnelSettings { Broker = new Uri("https://broker.example"), Token = "pd_x" });
        return new StatusReporter(access, state, new TunnelIdentity("t", "desk", "1", 8), _calls, _runner, _time);
    }

    // .NET removes the file of a socket that it closes: moved away before, it stays, as that of a killed process does.
    private string LeaveSocket(string name, bool listens)
    {
        _paths.Create();
        var path = Path.Combine(_paths.Sockets, name);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint($"{path}.new"));
        File.Move($"{path}.new", path);
        if (listens)
        {
            socket.Listen();
            _others.Add(socket);
        }
        else
        {
            socket.Dispose();
        }

        return path;
    }
}
