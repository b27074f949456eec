using System.Diagnostics;
using System.Text.Json;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>The real CLI with each kind of login, all with false credentials.</summary>
[Category("Cli")]
internal sealed class CodexLoginKindTests
{
    private const string ChatGpt = "ChatGPT";

    // A ChatGPT login asks its own backend about the account; there is none here, which is no reason not to ask the model.
    private const string ChatGptConfig = "openai_base_url = 'BASE'\nchatgpt_base_url = 'BASE/backend-api'";

    private const string OwnProvider =
        "model_provider='house'\n[model_providers.house]\nname='House'\nbase_url='BASE'\nwire_api='responses'\nenv_key='HOUSE_KEY'";

    private static readonly string[] Logins = ["file", "environment", ChatGpt, "provider"];

    [TestCaseSource(nameof(Logins))]
    public async Task RunAsync_ForgedToolCallWithAnyLogin_FailsAndLeavesNothing(string login)
    {
        await using var rig = await StartAsync(login);
        var canary = rig.Folder.File("canaries", "touched");
        rig.Provider.Answer(ProviderScript.Say("Look: ").ToolCall("shell", $$"""{"command":["touch","{{canary}}"]}"""));

        var failure = rig.Fails(CodexRig.Ask("Hello"));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.LockBroken), failure.Message);
        await rig.AssertNothingLeftAsync();
        Assert.That(rig.Calls.Select(call => call.Conversation.ToolNames), Has.All.Empty);
        Assert.That(File.Exists(canary), Is.False);
    }

    [Test]
    public async Task RunAsync_ChatGptLogin_IsSentByHttpAsTheAccount()
    {
        await using var rig = await StartAsync(ChatGpt);

        var answer = await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        var request = rig.Calls.Single();
        Assert.Multiple(() =>
        {
            Assert.That(answer.Text, Is.EqualTo(DefaultScript.TextFor("Hello")));
            Assert.That(request.Headers["Authorization"], Is.EqualTo($"Bearer {ChatGptLogin.AccessToken}"));
            Assert.That(request.Headers["chatgpt-account-id"], Is.EqualTo(ChatGptLogin.Account));
            Assert.That(
                rig.Provider.Requests.Count(other => other.Path.EndsWith("/responses", StringComparison.Ordinal)),
                Is.EqualTo(1),
                "no WebSocket");
        });
    }

    [TestCase(500)]
    [TestCase(429)]
    public async Task RunAsync_ChatGptLoginAndAVendorThatFails_IsAskedOnce(int status)
    {
        await using var rig = await StartAsync(ChatGpt);
        rig.Provider.Answer(ProviderScript.Fail(status, "no"));

        var failure = rig.Fails(CodexRig.Ask("Hello"));

        Assert.That(failure.VendorStatus, Is.EqualTo(status), failure.Message);
        Assert.That(rig.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_McpServerAtStart_BreaksTheLockBeforeTheModelIsAsked()
    {
        using var folder = new TemporaryFolder();
        var canary = folder.File("touched");
        var program = folder.File("codex");
        await File.WriteAllTextAsync(program, $"""
            #!/bin/sh
            [ "$1" = app-server ] && set -- "$@" -c mcp_servers.house.command=touch -c 'mcp_servers.house.args=["{canary}"]'
            exec '{TestClis.Codex}' "$@"

            """);
        using (var makeExecutable = Process.Start("chmod", ["500", program]))
        {
            await makeExecutable.WaitForExitAsync();
        }

        await using var rig = await CodexRig.StartAsync(variables: ("CODEX_CLI_PATH", program));

        var failure = rig.Fails(CodexRig.Ask("Hello"));

        Assert.That((failure.Kind, failure.Message.Contains("house")), Is.EqualTo((FailureKind.LockBroken, true)), failure.Message);
        await rig.AssertNothingLeftAsync();
        Assert.That(rig.Calls, Is.Empty);
        Assert.That(File.Exists(canary), Is.False);
    }

    [Test]
    public async Task RunAsync_PrivateHome_ShowsTheVendorOneInstallationForEver()
    {
        await using var rig = await StartAsync("file");

        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();
        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        var kept = await File.ReadAllTextAsync(Path.Combine(rig.Cli.StateFolder, "device", "codex-installation"));
        Assert.That(rig.Calls.Select(Installation), Is.EqualTo(new[] { kept, kept }));
    }

    [Test]
    public async Task RunAsync_UsersInstallation_IsShownToTheVendor()
    {
        await using var rig = await StartAsync("file");
        const string Users = "0f8fad5b-d9cb-469f-a165-70867728950e";
        rig.WriteUserFile("installation_id", Users);

        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        Assert.That(Installation(rig.Calls.Single()), Is.EqualTo(Users));
    }

    private static Task<CodexRig> StartAsync(string login) => login switch
    {
        "environment" => CodexRig.StartAsync(auth: string.Empty, variables: ("OPENAI_API_KEY", "sk-test")),
        "provider" => CodexRig.StartAsync(OwnProvider, string.Empty, ("HOUSE_KEY", "house-secret")),
        ChatGpt => CodexRig.StartAsync(ChatGptConfig, ChatGptLogin.Json()),
        _ => CodexRig.StartAsync(),
    };

    private static string Installation(ProviderRequest request) =>
        request.Body.GetProperty("client_metadata").GetProperty("x-codex-installation-id").GetString()!;
}
