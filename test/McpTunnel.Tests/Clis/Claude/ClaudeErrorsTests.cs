using System.Text.Json;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>Texts as 2.1.197 and 2.1.330 write them.</summary>
internal sealed class ClaudeErrorsTests
{
    [TestCase(401, "Failed to authenticate. API Error: 401 invalid bearer", FailureKind.NotLoggedIn)]
    [TestCase(null, "Not logged in · Please run /login", FailureKind.NotLoggedIn)]
    [TestCase(404, "There's an issue with the selected model (x). It may not exist.", FailureKind.UnknownModel)]
    [TestCase(400, "API Error: 400 messages.0: bad", FailureKind.InvalidRequest)]
    [TestCase(400, "Prompt is too long", FailureKind.ContextTooLong)]
    [TestCase(413, "API Error: 413 too big", FailureKind.ContextTooLong)]
    [TestCase(429, "API Error: Request rejected (429) · slow down", FailureKind.RateLimited)]
    [TestCase(null, "Claude AI usage limit reached|1760000000", FailureKind.RateLimited)]
    [TestCase(529, "API Error: 529 Overloaded", FailureKind.Overloaded)]
    [TestCase(null, "API Error: Overloaded", FailureKind.Overloaded)]
    [TestCase(500, "API Error: 500 oops", FailureKind.Upstream)]
    [TestCase(null, "Unable to connect to API (ConnectionRefused)", FailureKind.Upstream)]
    [TestCase(null, "", FailureKind.Upstream)]
    public void Of_Result_HasItsKind(int? status, string text, FailureKind expected) =>
        Assert.That(
            ClaudeErrors.Of(Result(status, text)),
            Has.Property("Kind").EqualTo(expected).And.Property("VendorStatus").EqualTo(status ?? 0));

    [TestCase(429, "API Error: Request rejected (429) · slow down", "slow down")]
    [TestCase(529, "API Error: 529 Busy. This is a server-side issue, usually temporary — check your gateway (10.0.0.7:99).", "Busy.")]
    [TestCase(400, "API Error: 400 no", "no")]
    [TestCase(null, "", "The vendor gave no reason.")]
    public void Of_Result_KeepsTheVendorsOwnWords(int? status, string text, string expected) =>
        Assert.That(ClaudeErrors.Of(Result(status, text)).Message, Is.EqualTo(expected));

    [Test]
    public void Crashed_PathInTheCause_IsLeftOut() =>
        Assert.That(
            ClaudeErrors.Crashed("Error: ENOENT: open '/home/ann/.claude/x.json'").Message,
            Is.EqualTo("Claude Code ended unexpectedly: Error: ENOENT: open '…'"));

    private static JsonElement Result(int? status, string text) => JsonElement.Parse(
        $$"""{"type":"result","is_error":true,"api_error_status":{{(status is null ? "null" : status)}},"result":"{{text}}"}""");
}
