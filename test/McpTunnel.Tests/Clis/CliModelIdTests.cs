using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CliModelIdTests
{
    [TestCase("claude-opus-4-6[1m]")]
    [TestCase("arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-v1:0")]
    [TestCase("claude-sonnet-4@20250514")]
    [TestCase("gpt-5.3-codex")]
    [TestCase("tunedModels/mine")]
    public void ThrowIfUnfit_NameOfAModel_IsTaken(string id) => Assert.DoesNotThrow(() => CliModelId.ThrowIfUnfit(id));

    [TestCase("")]
    [TestCase("--dangerously-skip-permissions")]
    [TestCase("-e")]
    [TestCase("../../x")]
    [TestCase("a/../../upload/v1beta/files")]
    [TestCase("a\"b")]
    [TestCase("a b")]
    [TestCase("a\nb")]
    [TestCase("a\n")]
    [TestCase("a\0")]
    [TestCase("a?key=x")]
    [TestCase("a#x")]
    [TestCase("a%2e%2e")]
    [TestCase("a\\b")]
    [TestCase("m\u00f6del")]
    public void ThrowIfUnfit_AnythingElse_IsAnUnknownModel(string id) =>
        Assert.That(Assert.Throws<CliFailureException>(() => CliModelId.ThrowIfUnfit(id))!.Kind, Is.EqualTo(FailureKind.UnknownModel));

    [Test]
    public void ThrowIfUnfit_LongId_IsAnUnknownModel() =>
        Assert.Throws<CliFailureException>(() => CliModelId.ThrowIfUnfit(new string('a', 201)));
}
