using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>With the real CLI.</summary>
internal sealed class ClaudeFailureTests
{
    [TestCase(400, "prompt is too long", FailureKind.ContextTooLong)]
    [TestCase(429, "This request would exceed your organization's rate limit.", FailureKind.RateLimited)]
    [TestCase(529, "Overloaded", FailureKind.Overloaded)]
    public async Task RunAsync_VendorError_KeepsItsWords(int status, string text, FailureKind expected)
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Fail(status, text));

        var failure = rig.Fails(ClaudeRig.Ask("Hello"));

        Assert.Multiple(() =>
        {
            Assert.That(failure.Kind, Is.EqualTo(expected), failure.Message);
            Assert.That(failure.VendorStatus, Is.EqualTo(status));
            Assert.That(failure.Message, Does.Contain(text).IgnoreCase.And.Not.Contain("API Error"));
            Assert.That(rig.Calls, Has.Count.LessThanOrEqualTo(3), "2.1.330 asks again after some 4xx, whatever its retries are set to");
        });
    }

    [Test]
    public async Task RunAsync_OverloadedMidAnswer_FailsAsOverloaded()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("one ").MidStreamError("overloaded_error", "Overloaded"));

        var failure = rig.Fails(ClaudeRig.Ask("Hello"));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Overloaded), failure.Message);
    }

    [TestCase("")]
    [TestCase("-p")]
    [TestCase("model with blanks")]
    public async Task RunAsync_ModelThatIsNoId_FailsBeforeAnythingStarts(string model)
    {
        await using var rig = await ClaudeRig.StartAsync();
        var item = ClaudeRig.Ask("Hello");
        item.Model = model;

        Assert.That(rig.Fails(item).Kind, Is.EqualTo(FailureKind.UnknownModel));
        Assert.That(rig.Processes(), Is.Empty);
    }
}
