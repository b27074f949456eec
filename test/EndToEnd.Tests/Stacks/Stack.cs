using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using Polydev.Broker.Commands;
using Polydev.Broker.Keys;
using Polydev.ModelProvider;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>
/// The whole product as its user runs it: a broker process, a tunnel process with the three real CLIs, and a model provider on loopback
/// behind them. Everything lies in one temporary folder, whose name marks every process that belongs to it.
/// </summary>
internal sealed class Stack : IAsyncDisposable
{
    private static readonly (string Provider, string Variable)[] PathVariables =
    [
        (Providers.Claude, "CLAUDE_CODE_PATH"), (Providers.Codex, "CODEX_CLI_PATH"), (Providers.Gemini, "GEMINI_CLI_PATH"),
    ];

    private static FilledData? _filled;

    private readonly TemporaryFolder _folder = new();
    private readonly ReservedPort _http = ReservedPort.Take();
    private readonly ReservedPort _grpc = ReservedPort.Take();
    private readonly List<RunningProgram> _programs = [];
    private readonly List<string> _secrets = [];
    private readonly ErrorAnswers _errors = new();
    private IReadOnlyDictionary<string, string> _brokerVariables = new Dictionary<string, string>();

    private Stack(ProviderServer provider, TunnelBuild build)
    {
        Provider = provider;
        Build = build;
        Home = new UserHome(_folder, provider);
        Calls = new CountedCalls(provider);
    }

    /// <summary>Of the tunnels that this stack starts.</summary>
    public TunnelBuild Build { get; }

    /// <summary>What every call through this stack goes by that is to reach the provider.</summary>
    public CountedCalls Calls { get; }

    public ProviderServer Provider { get; }

    public UserHome Home { get; }

    public RunningProgram Broker { get; private set; } = null!;

    public RunningProgram Tunnel { get; private set; } = null!;

    /// <summary>The base URL for an SDK: <c>http://127.0.0.1:…/api/v1</c>.</summary>
    public string ApiBase { get; private set; } = null!;

    public string Key { get; private set; } = null!;

    public string Token { get; private set; } = null!;

    /// <summary>Stands in the environment of every process of this stack.</summary>
    public string Marker => _folder.FullName;

    /// <summary>Set for the tunnels that are started from here on, over the home's environment.</summary>
    public Dictionary<string, string> TunnelVariables { get; } = [];

    /// <summary>Where the broker listens, to start it there again.</summary>
    public (string Http, string Grpc) BrokerAddress { get; private set; }

    public string BrokerUrl => ApiBase[..^"/api/v1".Length];

    private string Data => _folder.Folder("broker");

    /// <summary>Starts broker and tunnel, and waits until the tunnel is online.</summary>
    /// <param name="prepare">Changes the user's home before anything looks at it.</param>
    public static async Task<Stack> StartAsync(TunnelBuild build = TunnelBuild.Managed, Action<UserHome>? prepare = null)
    {
        var stack = await StartBrokerOnlyAsync(build);
        prepare?.Invoke(stack.Home);
        await stack.StartTunnelAsync();
        return stack;
    }

    /// <param name="more">Options of the broker's <c>serve</c>.</param>
    public static Task<Stack> StartBrokerOnlyAsync(TunnelBuild build = TunnelBuild.Managed, params string[] more) =>
        StartBrokerOnlyAsync(new Dictionary<string, string>(), build, more);

    /// <param name="variables">Set for the broker, over the home's environment.</param>
    /// <param name="more">Options of the broker's <c>serve</c>.</param>
    public static async Task<Stack> StartBrokerOnlyAsync(
        IReadOnlyDictionary<string, string> variables, TunnelBuild build = TunnelBuild.Managed, params string[] more)
    {
        // Where there is no such build, the test is over before anything has started.
        TunnelProgram.Command(build);
        var stack = new Stack(await ProviderServer.StartAsync(), build) { _brokerVariables = variables };
        await stack.FillDataAsync();
        await stack.StartBrokerAsync(null, more);
        return stack;
    }

    /// <param name="address">The same address again, for a broker that comes back.</param>
    public async Task StartBrokerAsync((string Http, string Grpc)? address = null, params string[] more)
    {
        var (http, grpc) = address ?? (_http.Url, _grpc.Url);
        Broker = RunningProgram.StartAssembly(
            "Broker", "polydev-broker", ["serve", "--http", http, "--grpc", grpc, "--data", Data, .. more], With(_brokerVariables));
        _programs.Add(Broker);
        ApiBase = (await Broker.LineWithAsync("API ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
        BrokerAddress = (BrokerUrl, (await Broker.LineWithAsync("Tunnels ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1]);
    }

    public async Task StartTunnelAsync(IReadOnlyList<string>? command = null)
    {
        command ??= TunnelProgram.Command(Build);
        await Home.PutSelfTestsAsync();
        Tunnel = RunningProgram.Start(command[0], [.. command.Skip(1), "tunnel"], TunnelEnvironment());
        _programs.Add(Tunnel);
        await Tunnel.LineWithAsync("online");
        await OnlineAsync();
        await Home.KeepSelfTestsAsync();
    }

    /// <summary>Waits until the broker sees the tunnel, and none of its CLIs is being tested.</summary>
    public async Task OnlineAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!(await StatusAsync()).Online || (await ProviderAsync(null)).Contains("testing"))
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>What <c>GET /api/v1/status</c> says of a CLI, or of all: state and hint of each.</summary>
    public async Task<IReadOnlyList<string>> ProviderAsync(string? provider)
    {
        using var client = CreateClient();
        using var status = JsonDocument.Parse(await client.GetStringAsync("status"));
        return
        [
            .. status.RootElement.GetProperty("tunnels").EnumerateArray()
                .SelectMany(tunnel => tunnel.GetProperty("providers").EnumerateArray())
                .Where(cli => provider is null || cli.GetProperty("provider").GetString() == provider)
                .SelectMany(cli => new[] { cli.GetProperty("state").GetString()!, cli.GetProperty("hint").ToString() }),
        ];
    }

    /// <summary>Whether a tunnel is online, and since when.</summary>
    public async Task<(bool Online, DateTimeOffset Since)> StatusAsync()
    {
        using var client = CreateClient();
        using var status = JsonDocument.Parse(await client.GetStringAsync("status"));
        return status.RootElement.GetProperty("online").GetBoolean()
            ? (true, status.RootElement.GetProperty("tunnels")[0].GetProperty("connected_since").GetDateTimeOffset())
            : (false, DateTimeOffset.MinValue);
    }

    /// <summary>Waits until the tunnel's processes have stood still for half a second: the next warm session is up.</summary>
    /// <param name="processes">So many are to stand there; null where the test knows none.</param>
    public async Task SettleAsync(int? processes = null)
    {
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        int[] before, now = Processes();
        do
        {
            if (!await timer.WaitForNextTickAsync(CancellationToken.None) || limit.IsCancellationRequested)
            {
                Assert.Fail($"The tunnel's CLIs do not come to rest: {now.Length} of {processes} processes.");
            }

            (before, now) = (now, Processes());
        }
        while (!now.SequenceEqual(before) || now.Length != (processes ?? now.Length));
    }

    public Dictionary<string, string> TunnelEnvironment() =>
        With([new("POLYDEV_BROKER_URL", BrokerUrl), new("POLYDEV_USER_TOKEN", Token), .. TunnelVariables]);

    /// <summary>The tunnels that are started from here on have no CLI but the echo, and are up at once; or one.</summary>
    /// <param name="but">Of this provider.</param>
    public void WithoutClis(string? but = null)
    {
        foreach (var (provider, variable) in PathVariables.Where(cli => cli.Provider != but))
        {
            TunnelVariables[variable] = _folder.Folder("no-cli");
        }
    }

    /// <summary>A new account without limits: a key and a token of it.</summary>
    public async Task<(string Key, string Token)> OpenAccountAsync(string name)
    {
        await CommandAsync(new AccountCreateCommand(), "--name", name, "--tier", "unlimited");
        var key = await CommandAsync(new CredentialCreateCommand(CredentialKind.ApiKey), "--name", "e2e", "--account", name);
        var token = await CommandAsync(new CredentialCreateCommand(CredentialKind.TunnelToken), "--name", "e2e", "--account", name);
        string[] secrets = [key.GetProperty("key").GetString()!, token.GetProperty("token").GetString()!];
        _secrets.AddRange(secrets);
        return (secrets[0], secrets[1]);
    }

    /// <summary>A new key or token, of the owner's where no account is named.</summary>
    /// <param name="kind"><c>key</c> or <c>token</c>.</param>
    public async Task<string> CreateAsync(string kind, params string[] more)
    {
        await using var command = RunningProgram.StartAssembly(
            "Broker", "polydev-broker", [kind, "create", "--name", "e2e", "--data", Data, "--json", .. more], With(_brokerVariables));
        var line = await command.LineWithAsync("{");
        var secret = JsonDocument.Parse(line).RootElement.GetProperty(kind).GetString()!;
        _secrets.Add(secret);
        return secret;
    }

    /// <param name="key">Null: the stack's own.</param>
    public HttpClient CreateClient(string? key = null)
    {
        var client = new HttpClient(_errors.CreateHandler()) { BaseAddress = new Uri($"{ApiBase}/"), Timeout = TimeSpan.FromMinutes(4) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key ?? Key);
        return client;
    }

    /// <summary>
    /// SIGTERM, as a service manager stops a tunnel: it ends by itself, and then neither a process of its CLIs nor a private folder is
    /// left.
    /// </summary>
    public async Task StopTunnelAsync()
    {
        await Tunnel.TerminateAsync();
        Assert.That(await Tunnel.ExitAsync(), Is.Zero, Tunnel.Output);
        await AssertNothingLeftAsync();
    }

    /// <summary>Once no tunnel runs: fails over what the last one has left.</summary>
    public Task AssertNothingLeftAsync() => Leftovers.AssertNoneAsync(BesideTheBroker, Path.Combine(Home.StateFolder, "run"));

    /// <summary>After an end by force, whose folders the next tunnel sweeps up.</summary>
    public Task AssertNoProcessLeftAsync() => ProcessProbe.AssertGoneAsync(BesideTheBroker, TimeSpan.FromSeconds(5));

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Looked for before anything is killed: what the product leaves behind is not to be cleared away by its test.
            if (Tunnel is { HasExited: false })
            {
                await StopTunnelAsync();
            }

            Calls.Check();
            if (!Broker.HasExited)
            {
                await _errors.ProvokePagesAsync(new Uri(BrokerUrl), _secrets);
            }
        }
        finally
        {
            await EndAsync();
        }

        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(Marker), TimeSpan.FromSeconds(5));
        SecretWatch.AssertNone(
            _secrets,
            Provider.Requests.SelectMany(request => SecretWatch.SaidIn(request.Conversation)),
            _programs.Select(program => program.Output),
            _errors.Bodies,
            [.. Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories), .. Directory.EnumerateFiles(Home.StateFolder)]);
        _folder.Dispose();
    }

    // A key and a token, made by the first stack's own commands. The others have copies of what these left: each is a start of the broker.
    private async Task FillDataAsync()
    {
        if (_brokerVariables.ContainsKey("POLYDEV_DATABASE"))
        {
            // What it knows is not in the folder.
            (Key, Token) = (await CreateAsync("key"), await CreateAsync("token"));
            return;
        }

        if (_filled is null)
        {
            var (key, token) = (await CreateAsync("key"), await CreateAsync("token"));
            var files = Directory.GetFiles(Data).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
            _filled = new FilledData(key, token, files);
        }
        else
        {
            foreach (var (name, bytes) in _filled.Files)
            {
                await File.WriteAllBytesAsync(Path.Combine(Data, name), bytes);
            }

            _secrets.AddRange([_filled.Key, _filled.Token]);
        }

        (Key, Token) = (_filled.Key, _filled.Token);
    }

    private IReadOnlyList<RunningProcess> BesideTheBroker() =>
        [.. ProcessProbe.WithMarker(Marker).Where(process => process.Id != Broker.Id)];

    // In this process: dozens of them as programs of their own would take a minute.
    private async Task<JsonElement> CommandAsync(StoreCommand command, params string[] arguments)
    {
        await using var output = new StringWriter();
        var parsed = command.Parse([.. arguments, "--data", Data, "--json"]);
        Assert.That(await parsed.InvokeAsync(new InvocationConfiguration { Output = output }), Is.Zero);
        return JsonDocument.Parse(output.ToString()).RootElement;
    }

    // The later of two counts.
    private Dictionary<string, string> With(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var environment = new Dictionary<string, string>(Home.Environment);
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        return environment;
    }

    private async Task EndAsync()
    {
        if (Tunnel is not null)
        {
            await Tunnel.DisposeAsync();
        }

        await Broker.DisposeAsync();
        await Provider.DisposeAsync();
        _http.Dispose();
        _grpc.Dispose();
    }

    private int[] Processes() => [.. ProcessProbe.DescendantsOf(Tunnel.Id).Select(process => process.Id).Order()];

    private sealed record FilledData(string Key, string Token, IReadOnlyDictionary<string, byte[]> Files);
}
