using Polydev.McpTunnel.Clis;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>What is true of every adapter of a real CLI, with a vendor behind it that can fail.</summary>
[Category("Cli")]
public abstract class CliAdapterContract : AdapterContract
{
    [TestCase(401, "invalid credentials", FailureKind.NotLoggedIn)]
    [TestCase(404, "models/it is not found", FailureKind.UnknownModel)]
    [TestCase(429, "too many requests", FailureKind.RateLimited)]
    [TestCase(503, "try again later", FailureKind.Overloaded)]
    public void RunAsync_VendorsError_IsThatFailure(int status, string words, FailureKind kind)
    {
        Provider.Answer(ProviderScript.Fail(status, words));

        var failure = Assert.ThrowsAsync<CliFailureException>(() => RunAsync(Ask("hello")).DefaultTimeout())!;

        Assert.That(failure.Kind, Is.EqualTo(kind), failure.Message);
        Assert.That(failure.Message, Is.Not.Empty);
    }

    [Test]
    public void RunAsync_StreamCut_FailsOnce()
    {
        Provider.Answer(ProviderScript.Say("half").Cut());

        var failure = Assert.ThrowsAsync<CliFailureException>(() => RunAsync(Ask("hello")).DefaultTimeout())!;

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Upstream), failure.Message);
    }

    [Test]
    public async Task RunAsync_Cancelled_EndsTheVendorsStreamWithinASecond()
    {
        Provider.Answer(ProviderScript.Say("half").Hang());
        using var cancel = new CancellationTokenSource();
        var running = RunAsync(Ask("hello"), cancel.Token);
        var request = await Provider.NextRequestAsync().DefaultTimeout();

        await cancel.CancelAsync();

        await request.Disconnected.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.That(async () => await running.DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task RunAsync_ToolCallOfTheModel_BreaksTheLock()
    {
        Provider.Script = _ => ProviderScript.Say("Let me see.").ToolCall("run_shell_command", """{"command":"true"}""");

        var failure = Assert.ThrowsAsync<CliFailureException>(() => RunAsync(Ask("hello")).DefaultTimeout())!;

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.LockBroken), failure.Message);
        Provider.Answer(ProviderScript.Say("fine"));
        Assert.That((await RunAsync(Ask("hello")).DefaultTimeout())[^1].Finished, Is.Not.Null);
    }
}
