using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Benchmarks.Relay.Floor;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.Benchmarks.Relay;

/// <summary>
/// What is loaded: the product or its floor, each of two processes. No CLI is installed in the product's home, so that nothing but the
/// relay works while it is measured.
/// </summary>
internal sealed class RelaySide : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<MeasuredProcess> _processes = [];
    private RelayClient? _client;

    private RelaySide(string name) => Name = name;

    public string Name { get; }

    public RelayClient Client => _client!;

    /// <summary>Broker and tunnel, or endpoint and echo.</summary>
    public IReadOnlyList<MeasuredProcess> Processes => _processes;

    public static async Task<RelaySide> StartProductAsync(TunnelBuild build)
    {
        var side = new RelaySide("polydev");
        var data = side._folder.Folder("broker");
        var (key, token) = (await CreateAsync("key", data), await CreateAsync("token", data));
        var broker = side.StartManaged(
            "broker", ["dotnet", Broker, "serve", "--http", "http://127.0.0.1:0", "--grpc", "http://127.0.0.1:0", "--data", data]);
        var api = (await broker.LineWithAsync("API ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];

        var none = side._folder.File("no-cli");
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = side._folder.Folder("home"),
            ["POLYDEV_STATE_DIR"] = side._folder.Folder("state"),
            ["POLYDEV_BROKER_URL"] = api[..^"/api/v1".Length],
            ["POLYDEV_USER_TOKEN"] = token,

            // The tunnel's own limit is not what is measured: 64 streams at once are to run at once.
            ["POLYDEV_MAX_CONCURRENT"] = "64",
            ["CLAUDE_CODE_PATH"] = none,
            ["CODEX_CLI_PATH"] = none,
            ["GEMINI_CLI_PATH"] = none,
        };
        var tunnel = build == TunnelBuild.Native
            ? side.Add(MeasuredProcess.StartNative([TunnelProgram.Native, "tunnel"], environment))
            : side.StartManaged("tunnel", ["dotnet", "exec", "--runtimeconfig", side.HookableTunnel(), Tunnel, "tunnel"], environment);
        await tunnel.LineWithAsync("online");
        side._client = new RelayClient(new Uri($"{api}/chat/completions"), key);
        return side;
    }

    public static async Task<RelaySide> StartFloorAsync()
    {
        var side = new RelaySide("floor");
        // The collector's mode is the broker's, which is a web project's.
        var collector = new Dictionary<string, string> { ["DOTNET_gcServer"] = "1" };
        var endpoint = side.StartManaged("endpoint", ["dotnet", Self, "floor-endpoint"], collector);
        var addresses = (await endpoint.LineWithAsync("listening")).Split(' ')[1..];
        await side.StartManaged("echo", ["dotnet", Self, "floor-echo", addresses[1]]).LineWithAsync("online");
        side._client = new RelayClient(new Uri($"{addresses[0]}/chat/completions"), null);
        return side;
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        foreach (var process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static string Self => typeof(RelaySide).Assembly.Location;

    private static string Broker => RunningProgram.AssemblyPath("Broker", "polydev-broker");

    private static string Tunnel => RunningProgram.AssemblyPath("McpTunnel", "polydev-mcp");

    private RunningProgram StartManaged(
        string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null) =>
        Add(MeasuredProcess.StartManaged(_folder, name, command, environment));

    private RunningProgram Add(MeasuredProcess process)
    {
        _processes.Add(process);
        return process.Program;
    }

    // A project that is published ahead of time switches startup hooks off, in its managed build too.
    private string HookableTunnel()
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(Tunnel, ".runtimeconfig.json")))!;
        config["runtimeOptions"]!["configProperties"]!["System.StartupHookProvider.IsSupported"] = true;
        var path = _folder.File("polydev-mcp.runtimeconfig.json");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }

    private static async Task<string> CreateAsync(string kind, string data)
    {
        await using var command = RunningProgram.Start("dotnet", [Broker, kind, "create", "--name", "relay", "--data", data, "--json"]);
        using var line = JsonDocument.Parse(await command.LineWithAsync("{"));
        return line.RootElement.GetProperty(kind).GetString()!;
    }
}
