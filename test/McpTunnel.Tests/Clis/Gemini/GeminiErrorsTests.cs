using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

/// <summary>The messages are those that 0.61.0 gives.</summary>
public sealed class GeminiErrorsTests
{
    [TestCase(-32000, "Gemini API key is missing or not configured.", FailureKind.NotLoggedIn, 0)]
    [TestCase(403, """{"error":{"code":403,"message":"Permission denied","status":"PERMISSION_DENIED"}}""", FailureKind.NotLoggedIn, 403)]
    [TestCase(500, "models/gemini-9 is not found for API version v1beta", FailureKind.UnknownModel, 404)]
    [TestCase(500, "fake upstream error 404", FailureKind.UnknownModel, 404)]
    [TestCase(500, "terminated", FailureKind.Upstream, 500)]
    [TestCase(500, "exception TypeError: fetch failed sending request", FailureKind.Upstream, 500)]
    [TestCase(503, "overloaded", FailureKind.Overloaded, 503)]
    [TestCase(429, "You have exhausted your daily quota on this model.", FailureKind.RateLimited, 429)]
    [TestCase(-32602, "Session not found: nope", FailureKind.CliCrashed, 0)]
    public void Of_ErrorOfTheCli_HasItsKindAndStatus(int code, string message, FailureKind kind, int status)
    {
        var failure = GeminiErrors.Of(new JsonRpcErrorException(code, message, default));

        Assert.That((failure.Kind, failure.VendorStatus), Is.EqualTo((kind, status)));
    }

    [Test]
    public void Of_SuggestedRetry_IsRoundedUp()
    {
        var failure = GeminiErrors.Of(new JsonRpcErrorException(429, "Quota exceeded\nSuggested retry after 1.2s.", default));

        Assert.That(failure.RetryAfterSeconds, Is.EqualTo(2));
        Assert.That(failure.Message, Does.StartWith("Quota exceeded"));
    }

    [Test]
    public void Of_WholeBody_TellsGooglesMessageOnly()
    {
        var failure = GeminiErrors.Of(
            new JsonRpcErrorException(400, """[{"error":{"code":400,"message":"Bad field","status":"INVALID_ARGUMENT"}}]""", default));

        Assert.That(failure.Message, Is.EqualTo("Bad field"));
    }

    [Test]
    public void Of_EndOfTheCli_HidesPathsAndKeepsTheRest()
    {
        var failure = GeminiErrors.Of(
            new JsonRpcClosedException(
                "The CLI ended: Cannot find module '/home/ada/.npm/lib/x.js' of models/gemini-2.5-pro at https://x.example/a/b/c"));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.CliCrashed));
        Assert.That(failure.Message, Does.Not.Contain("ada").And.Contain("models/gemini-2.5-pro").And.Contain("Cannot find module"));
    }

    [Test]
    public void Of_DefectOfOurs_SaysNothingOfIt() =>
        Assert.That(GeminiErrors.Of(new InvalidCastException("inner")).Message, Does.Not.Contain("inner"));
}
