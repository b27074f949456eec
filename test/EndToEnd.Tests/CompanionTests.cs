using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>The README's first command: a broker with its tunnel, the <c>curl</c> lines that it prints, and its end.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class CompanionTests
{
    private readonly TemporaryFolder _folder = new();
    private ProviderServer _provider = null!;

    [SetUp]
    public async Task SetUp() => _provider = await ProviderServer.StartAsync();

    [TearDown]
    public async Task TearDown()
    {
        await _provider.DisposeAsync();
        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(_folder.FullName), TimeSpan.FromSeconds(5));
        _folder.Dispose();
    }

    [Test]
    public async Task WithoutAnyCli_ThePrintedCurlIsAnsweredByEcho()
    {
        await using var broker = await StartAsync(BareEnvironment());

        var curl = (await broker.LineWithAsync("curl ")).Trim();

        Assert.That(curl, Does.Contain("polydev-echo"));
        Assert.That(await RunAsync(curl), Is.EqualTo("Say hello."));
    }

    [Test]
    public async Task WithThreeClisOnThePath_EachPrintedCurlIsAnswered()
    {
        var environment = BareEnvironment();
        environment["PATH"] = $"{Path.Combine(TestClis.Folder, "node_modules", ".bin")}:{environment["PATH"]}";
        var home = new UserHome(_folder, _provider).Environment;
        foreach (var (name, value) in home.Where(variable => !variable.Key.EndsWith("_PATH", StringComparison.Ordinal)))
        {
            environment[name] = value;
        }

        await using var broker = await StartAsync(environment);
        for (var index = 0; index < 3; index++)
        {
            var curl = (await broker.LineWithAsync("curl ", skip: index)).Trim();
            Assert.That(await RunAsync(curl), Is.EqualTo(DefaultScript.TextFor("Say hello.")), curl);
        }

        Assert.That(_provider.Requests.Select(request => request.Dialect).Distinct().Count(), Is.EqualTo(3));
        Assert.That(_provider.CallCount, Is.EqualTo(3), "one request for each call");

        // Asked to go, the broker takes its tunnel along, and that its CLIs, before anything here is killed.
        await broker.TerminateAsync();
        Assert.That(await broker.ExitAsync(), Is.Zero, broker.Output);
        await Leftovers.AssertNoneAsync(() => ProcessProbe.WithMarker(_folder.FullName), Path.Combine(_folder.FullName, "state", "run"));
    }

    [Test]
    public async Task AnotherRunOnTheSameFolder_LeavesTheFirstItsKey()
    {
        await using var first = await StartAsync(BareEnvironment());
        var curl = (await first.LineWithAsync("curl ")).Trim();
        await using (var second = await StartAsync(BareEnvironment()))
        {
            Assert.That(await RunAsync((await second.LineWithAsync("curl ")).Trim()), Is.EqualTo("Say hello."));
            Assert.That(await RunAsync(curl), Is.EqualTo("Say hello."), "while the second runs");
            await second.TerminateAsync();
            await second.ExitAsync();
        }

        Assert.That(await RunAsync(curl), Is.EqualTo("Say hello."), "after the second has ended");
    }

    [Test]
    public async Task BrokerKilled_TheTunnelGoesWithItAndTheKeyWithTheNextBroker()
    {
        await using var broker = await StartAsync(BareEnvironment());
        var curl = (await broker.LineWithAsync("curl ")).Trim();
        Assert.That(await RunAsync(curl), Is.EqualTo("Say hello."));
        Assert.That(ProcessProbe.DescendantsOf(broker.Id), Is.Not.Empty);

        broker.Kill();

        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(_folder.FullName), TimeSpan.FromSeconds(2));
        Assert.That(Leases(), Has.Length.EqualTo(1), "nobody took it away, and nobody holds it");

        await using var next = Start(BareEnvironment(), "serve");
        var address = (await next.LineWithAsync("API ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
        using var client = new HttpClient { BaseAddress = new Uri($"{address}/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key().Match(curl).Value);
        using var refused = await client.GetAsync("models").DefaultTimeout();
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(Leases(), Is.Empty);
    }

    // A machine with the .NET SDK and nothing of ours: no CLI on PATH or in the home.
    private Dictionary<string, string> BareEnvironment() => new()
    {
        ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
        ["HOME"] = _folder.Folder("home"),
        ["XDG_DATA_HOME"] = _folder.Folder("share"),
        ["POLYDEV_STATE_DIR"] = _folder.Folder("state"),
        ["POLYDEV_TEST_MARKER"] = _folder.FullName,
    };

    private async Task<RunningProgram> StartAsync(IReadOnlyDictionary<string, string> environment)
    {
        var broker = Start(environment, "--with-tunnel");
        await broker.LineWithAsync("Try it");
        return broker;
    }

    private RunningProgram Start(IReadOnlyDictionary<string, string> environment, string how) => RunningProgram.StartAssembly(
        "Broker",
        "polydev-broker",
        [how, "--http", "http://127.0.0.1:0", "--grpc", "http://127.0.0.1:0", "--data", _folder.Folder("data")],
        environment);

    private string[] Leases() => Directory.GetFiles(_folder.Folder("data"), "with-tunnel-*.lock");

    [GeneratedRegex("pk-[A-Za-z0-9_-]+")]
    private static partial Regex Key();

    private static async Task<string> RunAsync(string curl)
    {
        await using var shell = RunningProgram.Start("/bin/bash", ["-c", $"{curl} --silent"]);
        var line = await shell.LineWithAsync("{");
        using var answer = JsonDocument.Parse(line);
        return answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }
}
