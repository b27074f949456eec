using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Echo;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.McpTunnel.Work.Stored;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>A whole tunnel against a fake broker, with a clock that the test turns.</summary>
internal sealed class TunnelFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ILoggerFactory _loggers;
    private readonly List<TunnelWorker> _workers = [];
    private readonly WorkRunner _runner;
    private readonly ResponseStore _store;
    private readonly ICliAdapter[] _adapters;

    private TunnelFixture(FakeBroker broker, ICliAdapter[] adapters)
    {
        Broker = broker;
        _adapters = adapters;
        _loggers = Logs.CreateFactory();
        Catalog = new CliCatalog(adapters, Time, _loggers.CreateLogger<CliCatalog>());
        _store = new ResponseStore(Time);
        _runner = new WorkRunner(adapters, new WorkOptions(), new RunningCalls(Time), Time, _loggers.CreateLogger<WorkRunner>());
    }

    public FakeBroker Broker { get; }

    /// <summary>The state folder of all its tunnels.</summary>
    public string State => _folder.FullName;

    public FakeTimeProvider Time { get; } = new();

    public NoErrorLogs Logs { get; } = new();

    public CliCatalog Catalog { get; }

    /// <summary>What the tunnels have learned of their brokers.</summary>
    public BrokerLoop Loop { get; } = new();

    public static async Task<TunnelFixture> StartAsync(params ICliAdapter[] adapters) =>
        new(await FakeBroker.StartAsync(), [new EchoAdapter(), .. adapters]);

    /// <summary>Another tunnel of the same user, as another process would be.</summary>
    public Task<StartedTunnel> StartTunnelAsync(string token = "pd_t", Uri? broker = null)
    {
        var settings = new TunnelSettings { Broker = broker ?? Broker.Url, Token = token };
        return StartTunnelAsync(new TunnelAccess(() => settings));
    }

    public async Task<StartedTunnel> StartTunnelAsync(TunnelAccess access)
    {
        var state = new TunnelState(Time);
        var identity = new TunnelIdentity(Guid.NewGuid().ToString("N"), "machine", "1", Slots: 8);
        var work = new InFlightWork(_runner, _store, _loggers.CreateLogger<InFlightWork>());
        var connector = new TunnelConnector(identity, Catalog, Loop, work, Time, _loggers.CreateLogger<TunnelConnection>());
        var paths = new TunnelPaths(_folder.FullName);
        var worker = new TunnelWorker(
            access, paths, connector, state, new Backoff(() => 0.999), Time, _loggers.CreateLogger<TunnelWorker>());
        _workers.Add(worker);
        var started = new StartedTunnel(worker, state);
        await worker.StartAsync(CancellationToken.None);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.StopAsync(CancellationToken.None).DefaultTimeout();
            worker.Dispose();
        }

        await Broker.DisposeAsync();
        foreach (var adapter in _adapters)
        {
            await adapter.DisposeAsync();
        }

        _runner.Dispose();
        _store.Dispose();
        Catalog.Dispose();
        _loggers.Dispose();
        Logs.Dispose();
        _folder.Dispose();
    }
}
