using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.Tests.Clis.Claude;
using Polydev.McpTunnel.Tests.Clis.Codex;
using Polydev.McpTunnel.Tests.Clis.Gemini;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>A CLI whose base URL leads to the tunnel's own broker would call itself without end.</summary>
public sealed class BrokerLoopTests
{
    [TestCase("http://127.0.0.1:5080/api/v1", true)]
    [TestCase("http://localhost:5080", true)]
    [TestCase("https://LOCALHOST:5080/other", true)]
    [TestCase("http://[::1]:5080/api/v1", true)]
    [TestCase("http://0.0.0.0:5080", true)]
    [TestCase("http://127.0.0.1:5081", true)]
    [TestCase("https://Broker.Example/api/v1", true)]
    [TestCase("https://broker.example.:443/v1", true)]
    [TestCase("http://127.0.0.1:8080", false)]
    [TestCase("https://broker.example:8443", false)]
    [TestCase("http://broker.example", false)]
    [TestCase("https://api.anthropic.com", false)]
    [TestCase("127.0.0.1:5080", false)]
    [TestCase("", false)]
    public void Closes_ABaseUrl_TellsWhetherItIsTheBrokers(string baseUrl, bool expected)
    {
        var loop = new BrokerLoop(new Uri("http://127.0.0.1:5080"), null);
        loop.Learn(new Uri("http://127.0.0.1:5081"), new Uri("https://broker.example/api/v1"));

        Assert.That(loop.Closes(["https://api.openai.com/v1", baseUrl]), Is.EqualTo(expected));
    }

    [Test]
    public void Learn_Again_ReplacesWhatWasSaidAndTellsWhatIsNews()
    {
        var (one, other) = (new Uri("https://one.example"), new Uri("https://other.example"));
        var loop = new BrokerLoop();

        Assert.That((loop.Learn(one, null), loop.Learn(one), loop.Learn(other)), Is.EqualTo((true, false, true)));
        Assert.That((loop.Closes([one.AbsoluteUri]), loop.Closes([other.AbsoluteUri])), Is.EqualTo((false, true)));
    }

    [Test]
    public void ThrowIfCloses_ALoop_NamesThePlaceAndNoSecretOfIt()
    {
        var loop = new BrokerLoop(new Uri("http://localhost:5080"));

        var failure = Assert.Throws<CliFailureException>(() => loop.ThrowIfCloses(["http://me:secret@127.0.0.1:5080/path"]))!;

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.NoCli));
        Assert.That(failure.Message, Does.Contain("localhost:5080").And.Not.Contain("secret").And.Not.Contain("path"));
    }

    /// <summary>With the real CLIs, each set up as its user does it.</summary>
    [TestCase(Providers.Claude)]
    [TestCase(Providers.Codex)]
    [TestCase(Providers.Gemini)]
    [Category("Cli")]
    public async Task DetectAsync_RealCliPointedAtTheBroker_IsUnusableWithTheReason(string provider)
    {
        await using CliRig rig = provider switch
        {
            Providers.Claude => await ClaudeRig.StartAsync(),
            Providers.Codex => await CodexRig.StartAsync(),
            _ => await GeminiRig.StartAsync(),
        };
        var broker = new Uri(rig.Provider.BaseUrl);
        await using var adapter = Create(provider, rig.Cli with { Loop = new BrokerLoop(broker) });

        var info = await adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
        var failure = Assert.ThrowsAsync<CliFailureException>(() => AskAsync(adapter).DefaultTimeout())!;

        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.Unusable));
            Assert.That(info.Hint, Does.Contain($"localhost:{broker.Port}").And.Contain("without end"));
            Assert.That((failure.Kind, failure.Message), Is.EqualTo((FailureKind.NoCli, info.Hint)));
            Assert.That(rig.Provider.Requests, Is.Empty);
        });
    }

    [TestCase("https://api.anthropic.com/v1", false)]
    [TestCase("https://anthropic.com", false)]
    [TestCase(null, false)]
    [TestCase("", false)]
    [TestCase("https://anthropic.com.example", true)]
    [TestCase("https://notanthropic.com", true)]
    [TestCase("http://127.0.0.1:1", true)]
    [TestCase("no address", true)]
    public void IsElsewhere_ABaseUrl_TellsWhetherItIsTheVendors(string? baseUrl, bool expected) =>
        Assert.That(BrokerLoop.IsElsewhere(baseUrl, "anthropic.com"), Is.EqualTo(expected));

    private static ICliAdapter Create(string provider, CliEnvironment environment) => provider switch
    {
        Providers.Claude => new ClaudeAdapter(environment, TimeProvider.System, NullLogger<ClaudeAdapter>.Instance),
        Providers.Codex => new CodexAdapter(environment, TimeProvider.System, NullLogger<CodexAdapter>.Instance),
        _ => new GeminiAdapter(environment, TimeProvider.System, NullLogger<GeminiAdapter>.Instance),
    };

    private static async Task AskAsync(ICliAdapter adapter)
    {
        var item = new WorkItem { Model = "m", Messages = { CliRig.Message(Role.User, CliRig.Text("hello")) } };
        await foreach (var _ in adapter.RunAsync(item, CancellationToken.None))
        {
        }
    }
}
