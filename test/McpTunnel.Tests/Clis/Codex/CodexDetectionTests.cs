using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>With the real CLI: what it says of itself, and which of the user's settings it is given.</summary>
internal sealed class CodexDetectionTests
{
    private const string OwnProvider =
        """
        model = "house-model"
        model_provider = "house"
        sandbox_mode = "danger-full-access"
        approval_policy = "never"
        [model_providers.house]
        name = "House"
        base_url = "BASE"
        wire_api = "responses"
        env_key = "HOUSE_KEY"
        http_headers = { X-House = "yes" }
        env_http_headers = { X-Tenant = "HOUSE_TENANT" }
        [mcp_servers.canary]
        command = "touch"
        args = ["CANARY"]
        """;

    [Test]
    public async Task DetectAsync_LoggedIn_IsReadyWithVersionAndModels()
    {
        await using var rig = await CodexRig.StartAsync();

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.Ready), info.Hint);
            Assert.That(info.Version, Does.Match(@"^\d+\.\d+\.\d+"));
            Assert.That(
                info.Models.Select(model => model.Id),
                Is.SupersetOf(KnownModels.ProviderOf.Where(known => known.Value == Providers.Codex).Select(known => known.Key)));
            Assert.That(info.Models.Select(model => model.Id), Does.Contain("gpt-6.1-sol"));
            Assert.That(info.Honours, Does.Contain(RequestFeatures.Tools).And.Not.Contain(RequestFeatures.ToolChoice));
            Assert.That(rig.Provider.Requests, Is.Empty);
        });
    }

    [Test]
    public async Task DetectAsync_NoLogin_SaysSoAndACallSendsNothing()
    {
        await using var rig = await CodexRig.StartAsync(auth: string.Empty);

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
        var failure = rig.Fails(CodexRig.Ask("Hello"));

        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.NotLoggedIn));
            Assert.That(info.Hint, Does.Contain("codex login"));
            Assert.That(failure.Kind, Is.EqualTo(FailureKind.NotLoggedIn));
            Assert.That(rig.Provider.Requests, Is.Empty);
        });
    }

    [Test]
    public async Task DetectAsync_NotInstalled_SaysHowToInstall()
    {
        await using var rig = await CodexRig.StartAsync(variables: ("CODEX_CLI_PATH", "/no/such/codex"));

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.That((info.State, info.Hint.Contains("npm install")), Is.EqualTo((CliState.NotInstalled, true)));
        Assert.That(rig.Fails(CodexRig.Ask("Hello")).Kind, Is.EqualTo(FailureKind.NoCli));
    }

    [Test]
    public async Task DetectAsync_ProgramThatIsNoCodex_IsUnusable()
    {
        await using var rig = await CodexRig.StartAsync(variables: ("CODEX_CLI_PATH", "/bin/true"));

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.That(info.State, Is.EqualTo(CliState.Unusable));
    }

    [Test]
    public async Task DetectAsync_SettingThatThisVersionDoesNotKnow_IsUnusable()
    {
        await using var rig = await CodexRig.StartAsync(
            "model_provider='p'\n[model_providers.p]\nname='p'\nbase_url='BASE'\nwire_api='responses'\nno_such_setting=1");

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.That((info.State, info.Hint.Contains("no_such_setting")), Is.EqualTo((CliState.Unusable, true)), info.Hint);
    }

    [TestCase("OPENAI_API_KEY")]
    [TestCase("CODEX_API_KEY")]
    public async Task RunAsync_KeyInTheEnvironmentOnly_IsUsedAndStoredNowhere(string variable)
    {
        await using var rig = await CodexRig.StartAsync(auth: string.Empty, variables: (variable, "sk-from-environment"));

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.Ready), info.Hint);
            Assert.That(rig.Provider.Requests.Single().Headers["Authorization"], Is.EqualTo("Bearer sk-from-environment"));
            Assert.That(Directory.EnumerateFiles(rig.Folder.FullName, "auth.json", SearchOption.AllDirectories), Is.Empty);
        });
    }

    [Test]
    public async Task RunAsync_OwnProvider_IsUsedWithItsVariablesAndNothingElseOfTheUsers()
    {
        await using var rig = await CodexRig.StartAsync(OwnProvider, string.Empty, ("HOUSE_KEY", "house-secret"), ("HOUSE_TENANT", "t1"));

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
        await rig.RunAsync(CodexRig.Ask("Hello", "house-model")).DefaultTimeout();

        var request = rig.Provider.Requests.Single();
        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.Ready), info.Hint);
            Assert.That(info.Models.Select(model => model.Id), Does.Contain("house-model"));
            Assert.That(request.Headers["Authorization"], Is.EqualTo("Bearer house-secret"));
            Assert.That((request.Headers["X-House"], request.Headers["X-Tenant"]), Is.EqualTo(("yes", "t1")));
            Assert.That(request.Conversation.ToolNames, Is.Empty);
            Assert.That(Directory.EnumerateFiles(rig.Folder.FullName, "CANARY", SearchOption.AllDirectories), Is.Empty);
        });
    }

    [Test]
    public async Task DetectAsync_OwnProviderWithoutItsVariable_NamesIt()
    {
        await using var rig = await CodexRig.StartAsync(OwnProvider, string.Empty);

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.That((info.State, info.Hint.Contains("HOUSE_KEY")), Is.EqualTo((CliState.NotLoggedIn, true)));
        Assert.That(rig.Fails(CodexRig.Ask("Hello")).Message, Does.Contain("HOUSE_KEY"));
    }

    [Test]
    public async Task RunAsync_UserLogsInMeanwhile_IsNoticed()
    {
        await using var rig = await CodexRig.StartAsync(auth: string.Empty);
        Assert.That(rig.Fails(CodexRig.Ask("Hello")).Kind, Is.EqualTo(FailureKind.NotLoggedIn));

        rig.WriteUserFile("auth.json", """{"OPENAI_API_KEY":"sk-new"}""");
        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        Assert.That(rig.Provider.Requests.Single().Headers["Authorization"], Is.EqualTo("Bearer sk-new"));
    }
}
