using Polydev.McpTunnel.Clis;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CliTextTests
{
    [TestCase("plain words, and/or numbers 1/2", "plain words, and/or numbers 1/2")]
    [TestCase("open '/home/ann/.claude.json': no", "open '…': no")]
    [TestCase("at ~/work/x.js:10", "at …:10")]
    [TestCase("see https://example.com/a/b/c", "see https://example.com/a/b/c")]
    [TestCase(@"open C:\Users\ann\x.json now", "open … now")]
    [TestCase("file:///root/x/y is gone", "… is gone")]
    [TestCase("key sk-ant-api03-abcdefghijkl is bad", "key … is bad")]
    [TestCase("Authorization: Bearer abcdefghijkl", "Authorization: Bearer …")]
    [TestCase("\u001b[31mred\u001b[0m\nline", "red line")]
    [TestCase("POST /v1 failed", "POST /v1 failed")]
    public void Redact_Text_HidesPathsAndKeys(string text, string expected) => Assert.That(CliText.Redact(text), Is.EqualTo(expected));

    [Test]
    public void Redact_LongText_IsCut() => Assert.That(CliText.Redact(new string('x', 2000)), Has.Length.EqualTo(601));
}
