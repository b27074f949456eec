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
    [TestCase("polydev-echo", "echo", "polydev-echo")]
    [TestCase("opus", null, "opus")]
    [TestCase("claude/", null, "claude/")]
    [TestCase("", null, "")]
    public void Parse_AnyId_NamesItsCli(string text, string? provider, string model) =>
        Assert.That(ModelId.Parse(text), Is.EqualTo(new ModelId(provider, model)));
}
