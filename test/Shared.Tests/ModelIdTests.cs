using Polydev.Shared.Models;

namespace Polydev.Shared.Tests;

public sealed class ModelIdTests
{
    [TestCase("claude-opus-4-6", "claude", "claude-opus-4-6")]
    [TestCase("gpt-5.1-mini", "codex", "gpt-5.1-mini")]
    [TestCase("o3", "codex", "o3")]
    [TestCase("o4-mini", "codex", "o4-mini")]
    [TestCase("codex-mini", "codex", "codex-mini")]
    [TestCase("models/gemini-2.5-pro", "gemini", "gemini-2.5-pro")]
    [TestCase("models/claude-opus-4-6", "claude", "claude-opus-4-6")]
    [TestCase("claude/opus", "claude", "opus")]
    [TestCase("codex/anything", "codex", "anything")]
    [TestCase("anthropic/claude-opus-4-6", "claude", "claude-opus-4-6")]
    [TestCase("openai/gpt-5.1-mini", "codex", "gpt-5.1-mini")]
    [TestCase("openai/o3", "codex", "o3")]
    [TestCase("google/gemini-2.5-pro", "gemini", "gemini-2.5-pro")]
    [TestCase("models/google/gemini-2.5-pro", "gemini", "gemini-2.5-pro")]
    [TestCase("anthropic/gpt-5.1-mini", null, "anthropic/gpt-5.1-mini", Description = "Not one of that vendor's.")]
    [TestCase("google/gemma-3", null, "google/gemma-3")]
    [TestCase("polydev-echo", "echo", "polydev-echo")]
    [TestCase("opus", null, "opus")]
    [TestCase("claude/", null, "claude/")]
    [TestCase("", null, "")]
    public void Parse_AnyId_NamesItsCli(string text, string? provider, string model) =>
        Assert.That(ModelId.Parse(text), Is.EqualTo(new ModelId(provider, model)));

    [TestCase("claude-opus-4-6[1m]")]
    [TestCase("arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-v1:0")]
    [TestCase("claude-sonnet-4@20250514")]
    [TestCase("gpt-5.3-codex")]
    [TestCase("tunedModels/mine")]
    public void IsName_NameOfAModel_IsTrue(string id) => Assert.That(ModelId.IsName(id), Is.True);

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
    public void IsName_AnythingElse_IsFalse(string id) => Assert.That(ModelId.IsName(id), Is.False);

    [Test]
    public void IsName_OfTwoHundredCharacters_IsTheLongest() => Assert.That(
        (ModelId.IsName(new string('a', 200)), ModelId.IsName(new string('a', 201))), Is.EqualTo((true, false)));
}
