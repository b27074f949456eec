using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>With the real CLI.</summary>
internal sealed class ClaudeDetectionTests
{
    [TestCase("ANTHROPIC_API_KEY")]
    [TestCase("ANTHROPIC_AUTH_TOKEN")]
    [TestCase("CLAUDE_CODE_OAUTH_TOKEN")]
    public async Task DetectAsync_LoginInTheEnvironment_IsReadyWithoutAModelCall(string variable)
    {
        await using var rig = await ClaudeRig.StartAsync((variable, "sk-ant-oat01-test"));

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That((info.Provider, info.State, info.Hint), Is.EqualTo((Providers.Claude, CliState.Ready, string.Empty)));
            Assert.That(info.Version, Is.EqualTo("2.1.330"));
            Assert.That(
                info.Models, Is.Not.Empty.And.All.Matches<ModelInfo>(model => model.Id.StartsWith("claude-", StringComparison.Ordinal)));
            Assert.That(info.Models.Select(model => model.Id), Is.Unique);
            Assert.That(info.Honours, Does.Contain(RequestFeatures.Temperature).And.Not.Contain(RequestFeatures.Seed));
            Assert.That(rig.Calls, Is.Empty);
        });
    }

    [Test]
    public async Task DetectAsync_NoLogin_SaysHowToGetOne()
    {
        await using var rig = await ClaudeRig.StartAsync([]);

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.NotLoggedIn));
            Assert.That(info.Hint, Does.Contain("/login").And.Contain("ANTHROPIC_API_KEY"));
        });
    }

    [Test]
    public async Task RunAsync_BearerToken_IsSent()
    {
        await using var rig = await ClaudeRig.StartAsync(("ANTHROPIC_AUTH_TOKEN", "token-of-the-test"));

        await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.That(rig.Calls.Single().Headers["Authorization"], Is.EqualTo("Bearer token-of-the-test"));
    }

    [Test]
    public async Task RunAsync_PrivateHome_ShowsTheVendorTheUsersDeviceElseOneForEver()
    {
        await using var rig = await ClaudeRig.StartAsync();
        await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();
        await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();
        var users = new string('b', 64);
        File.WriteAllText(rig.Folder.File("user", ".claude.json"), $$"""{"userID":"{{users}}"}""");
        await using var later = new ClaudeAdapter(rig.Cli, TimeProvider.System, NullLogger<ClaudeAdapter>.Instance);
        await foreach (var _ in later.RunAsync(ClaudeRig.Ask("Hello"), CancellationToken.None))
        {
        }

        var devices = rig.Calls.Select(Device).ToList();

        Assert.That(devices[0], Is.EqualTo(File.ReadAllText(Path.Combine(rig.Cli.StateFolder, "device", "claude-user"))));
        Assert.That((devices[1], devices[2]), Is.EqualTo((devices[0], users)));
    }

    [Test]
    public async Task RunAsync_NoLogin_FailsAsNotLoggedIn()
    {
        await using var rig = await ClaudeRig.StartAsync([]);

        var failure = rig.Fails(ClaudeRig.Ask("Hello"));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.NotLoggedIn));
        Assert.That(rig.Calls, Is.Empty);
    }

    [Test]
    public async Task DetectAsync_NotInstalled_SaysHowToGetIt()
    {
        await using var rig = await ClaudeRig.StartAsync(("CLAUDE_CODE_PATH", "/nowhere/claude"));

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.NotInstalled));
            Assert.That(info.Hint, Does.Contain("npm install"));
            Assert.That(rig.Fails(ClaudeRig.Ask("Hello")).Kind, Is.EqualTo(FailureKind.NoCli));
        });
    }

    [Test]
    public async Task RunAsync_KeyHelperOfTheUser_GivesTheKey()
    {
        await using var rig = await ClaudeRig.StartAsync([]);
        rig.WriteUserFile(
            "settings.json",
            """{"apiKeyHelper":"echo key-of-the-helper","env":{"NODE_OPTIONS":"--nonsense","ANTHROPIC_CUSTOM_HEADERS":"x-team: blue"}}""");

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
        var answer = await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        var request = rig.Calls.Single();
        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.Ready));
            Assert.That(answer.Text, Is.EqualTo(DefaultScript.TextFor("Hello")));
            Assert.That(request.Headers["x-api-key"], Is.EqualTo("key-of-the-helper"));
            Assert.That(request.Headers["x-team"], Is.EqualTo("blue"));
        });
    }

    private static string Device(ProviderRequest request)
    {
        using var user = JsonDocument.Parse(request.Body.GetProperty("metadata").GetProperty("user_id").GetString()!);
        return user.RootElement.GetProperty("device_id").GetString()!;
    }
}
