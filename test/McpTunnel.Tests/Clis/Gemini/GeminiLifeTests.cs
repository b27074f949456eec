using System.Diagnostics;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

/// <summary>Processes and what they leave behind, with the real CLI.</summary>
[Category("Cli")]
public sealed class GeminiLifeTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Test]
    public async Task RunAsync_Cancelled_EndsTheVendorsStreamWithinASecond()
    {
        await using var rig = await GeminiRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("one ").Hang());
        using var cancel = new CancellationTokenSource();
        await using var events = rig.Adapter.RunAsync(GeminiRig.Ask("hello"), cancel.Token).GetAsyncEnumerator(cancel.Token);
        Assert.That(await events.MoveNextAsync().AsTask().DefaultTimeout(), Is.True);
        var request = await rig.Provider.NextRequestAsync().DefaultTimeout();

        await cancel.CancelAsync();
        var left = request.Disconnected.Within(TimeSpan.FromSeconds(1));

        Assert.That(async () => await events.MoveNextAsync(), Throws.InstanceOf<OperationCanceledException>());
        await left;
        await ProcessProbe.AssertGoneAsync(rig.Processes, Soon);
    }

    [Test]
    public async Task RunAsync_LeftByItsReader_EndsTheProcess()
    {
        await using var rig = await GeminiRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("one ").Hang());

        await foreach (var _ in rig.Adapter.RunAsync(GeminiRig.Ask("hello"), CancellationToken.None))
        {
            break;
        }

        await (await rig.Provider.NextRequestAsync().DefaultTimeout()).Disconnected.DefaultTimeout();
        await ProcessProbe.AssertGoneAsync(rig.Processes, Soon);
    }

    [Test]
    public async Task RunAsync_HomeThatCannotBeForgotten_CostsTheProcessNotTheAnswer()
    {
        await using var rig = await GeminiRig.StartAsync(warm: 1);
        var gate = new ProviderGate();
        rig.Provider.Answer(ProviderScript.Say("half, ").Wait(gate).Text("whole"));
        var call = rig.RunAsync(GeminiRig.Ask("hello"));
        await rig.Provider.NextRequestAsync().DefaultTimeout();
        await rig.WaitForProcessesAsync(2);
        foreach (var file in Directory.GetFiles(rig.Cli.RunRoot, "system.md", SearchOption.AllDirectories))
        {
            // A folder of that name can be written by nobody.
            File.Delete(file);
            Directory.CreateDirectory(file);
        }

        gate.Open();

        Assert.That((await call.DefaultTimeout()).Text, Is.EqualTo("half, whole"));
    }

    [Test]
    public async Task StartAsync_PrivateHome_NamesTheUsersInstallationElseOneForEver()
    {
        await using var rig = await GeminiRig.StartAsync(warm: 1);
        await rig.RunAsync(GeminiRig.Ask("hello")).DefaultTimeout();
        await rig.WaitForProcessesAsync(2);
        var kept = await File.ReadAllTextAsync(Path.Combine(rig.Cli.StateFolder, "device", "gemini-installation"));

        var ids = Directory.GetFiles(
            rig.Cli.RunRoot, "installation_id", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 });
        var users = rig.Folder.File("user", ".gemini", "installation_id");
        await File.WriteAllTextAsync(users, "the-users-own");
        using var home = GeminiHome.Create(rig.Cli, GeminiLogin.Read(rig.Cli));

        Assert.That(ids.Select(File.ReadAllText), Is.EqualTo(new[] { kept, kept }));
        Assert.That(File.ReadAllText(Path.Combine(home.Path, ".gemini", "installation_id")), Is.EqualTo("the-users-own"));
        Assert.That(rig.Calls.Single().Headers.Keys, Has.None.Contains("privileged-user-id"), "statistics are off: the vendor gets none");
    }

    [Test]
    public async Task RunAsync_LaterCalls_TakeTheSameProcessesAndKnowNothingOfTheFirst()
    {
        await using var rig = await GeminiRig.StartAsync(warm: 1);
        var first = GeminiRig.Ask("the password is tulip", "noted", "repeat it");
        first.Instructions = "You keep the tulip.";
        await rig.RunAsync(first).DefaultTimeout();
        await rig.WaitForProcessesAsync(2);
        var processes = rig.Processes().Select(process => process.Id).ToList();
        await AssertNoFileHoldsAsync(rig.Cli.RunRoot, "tulip");

        // The used one and the one started ahead: three calls cannot miss the used one.
        for (var call = 0; call < 3; call++)
        {
            await rig.RunAsync(GeminiRig.Ask("what is the password?")).DefaultTimeout();

            var next = rig.Provider.Requests[^1];
            Assert.That(next.Body.GetRawText(), Does.Not.Contain("tulip"));
            Assert.That(next.Conversation.Messages.Select(message => message.Text), Is.EqualTo(["what is the password?"]));
            Assert.That(next.Conversation.System, Is.Empty);
        }

        Assert.That(rig.Processes().Select(process => process.Id), Is.EquivalentTo(processes));
    }

    [Test]
    public async Task RunAsync_ManyCallsInARow_AllGetTheirOwnAnswer()
    {
        await using var rig = await GeminiRig.StartAsync(warm: 1);
        for (var call = 0; call < 20; call++)
        {
            var item = GeminiRig.Ask($"question {call}");
            item.Instructions = $"system {call}";
            var answer = await rig.RunAsync(item).DefaultTimeout();

            Assert.That(answer.Text, Is.EqualTo(DefaultScript.TextFor($"question {call}")));
            Assert.That(rig.Provider.Requests[^1].Conversation.System, Is.EqualTo($"system {call}"));
        }

        Assert.That(rig.Processes(), Has.Count.EqualTo(2));
        Assert.That(rig.Provider.Requests, Has.Count.EqualTo(20));
    }

    [Test]
    public async Task RunAsync_CallsAtOnce_DoNotMix()
    {
        await using var rig = await GeminiRig.StartAsync();
        var calls = Enumerable.Range(0, 3).Select(call =>
        {
            var item = GeminiRig.Ask($"question {call}");
            item.Instructions = $"system {call}";
            return rig.RunAsync(item);
        }).ToList();

        var answers = await Task.WhenAll(calls).DefaultTimeout();

        Assert.That(
            answers.Select(answer => answer.Text),
            Is.EqualTo(Enumerable.Range(0, 3).Select(call => DefaultScript.TextFor($"question {call}"))));
        Assert.That(rig.Provider.Requests.Select(request => (request.Conversation.System, request.LastUserText)), Is.EquivalentTo(
            Enumerable.Range(0, 3).Select(call => ($"system {call}", $"question {call}"))));
    }

    [Test]
    public async Task DisposeAsync_WarmAndUsedProcesses_LeavesNeitherProcessNorFolder()
    {
        var rig = await GeminiRig.StartAsync(warm: 1);
        await using (rig)
        {
            await rig.RunAsync(GeminiRig.Ask("hello")).DefaultTimeout();
            await rig.RunAsync(GeminiRig.Ask("hello again")).DefaultTimeout();
            await rig.Adapter.DisposeAsync().AsTask().DefaultTimeout();

            Assert.That(rig.Processes(), Is.Empty);
            Assert.That(Directory.EnumerateFileSystemEntries(rig.Cli.RunRoot), Is.Empty);
        }
    }

    // Such a CLI asks on its terminal for a code, and takes the first line of our protocol for it.
    [Test]
    public async Task RunAsync_GoogleLoginThatIsNoLongerValid_IsNotLoggedInAndEndsTheProcess()
    {
        await using var rig = await GeminiRig.StartAsync(
            warm: 0, ("HTTPS_PROXY", "http://127.0.0.1:9"), ("HTTP_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1"));
        var folder = Directory.CreateDirectory(Path.Combine(rig.Cli.Home, ".gemini")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "settings.json"), """{"security":{"auth":{"selectedType":"oauth-personal"}}}""");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "oauth_creds.json"), """{"access_token":"x","refresh_token":"y","expiry_date":1}""");

        var failure = Assert.ThrowsAsync<CliFailureException>(() => rig.RunAsync(GeminiRig.Ask("hello")).DefaultTimeout());

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.NotLoggedIn), failure.Message);
        Assert.That(rig.Provider.Requests, Is.Empty);
        await ProcessProbe.AssertGoneAsync(rig.Processes, Soon);
    }

    [Test]
    public async Task DetectAsync_LoggedIn_IsReadyWithoutAProcess()
    {
        await using var rig = await GeminiRig.StartAsync();

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.That(info.State, Is.EqualTo(CliState.Ready), info.Hint);
        Assert.That(info.Version, Does.Match(@"^\d+\.\d+\.\d+"));
        Assert.That(
            info.Models.Select(model => model.Id),
            Is.SupersetOf(["gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-pro-preview"]).And.No.Member("auto"));
        Assert.That(rig.Processes(), Is.Empty);
        Assert.That(rig.Provider.Requests, Is.Empty);
    }

    private static async Task AssertNoFileHoldsAsync(string folder, string text)
    {
        foreach (
            var file in Directory.EnumerateFiles(
                folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            Assert.That(await File.ReadAllTextAsync(file), Does.Not.Contain(text), file);
        }
    }
}
