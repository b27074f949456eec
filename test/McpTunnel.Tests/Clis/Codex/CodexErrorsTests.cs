using System.Text.Json;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

internal sealed class CodexErrorsTests
{
    [TestCase("\"contextWindowExceeded\"", FailureKind.ContextTooLong, 400)]
    [TestCase("\"usageLimitExceeded\"", FailureKind.RateLimited, 429)]
    [TestCase("\"serverOverloaded\"", FailureKind.Overloaded, 503)]
    [TestCase("\"modelNotFound\"", FailureKind.UnknownModel, 404)]
    [TestCase("\"unauthorized\"", FailureKind.NotLoggedIn, 401)]
    [TestCase("\"internalServerError\"", FailureKind.Upstream, 500)]
    [TestCase("\"other\"", FailureKind.Upstream, 0)]
    [TestCase("\"aNewOne\"", FailureKind.Upstream, 0)]
    [TestCase("null", FailureKind.Upstream, 0)]
    [TestCase("""{"httpConnectionFailed":{"httpStatusCode":401}}""", FailureKind.NotLoggedIn, 401)]
    [TestCase("""{"httpConnectionFailed":{"httpStatusCode":null}}""", FailureKind.Upstream, 0)]
    [TestCase("""{"responseTooManyFailedAttempts":{"httpStatusCode":429}}""", FailureKind.RateLimited, 429)]
    public void Turn_ErrorInfo_IsMapped(string info, FailureKind kind, int status)
    {
        var failure = CodexErrors.Turn(JsonElement.Parse($$"""{"message":"m","codexErrorInfo":{{info}}}"""), retryAfterSeconds: 0);

        Assert.That((failure.Kind, failure.VendorStatus, failure.Message), Is.EqualTo((kind, status, "m")));
    }

    [Test]
    public void Turn_MessageWithAddressAndIds_LosesThem()
    {
        var failure = CodexErrors.Turn(
            JsonElement.Parse("""{"message":"unexpected status 401 Unauthorized: bad key, url: http://10.0.0.1/v1/responses, request id: req_1","codexErrorInfo":"other"}"""), 0);

        Assert.That(failure.Message, Is.EqualTo("unexpected status 401 Unauthorized: bad key"));
    }

    [Test]
    public void Ended_LogLineWithColorsAndPaths_LosesThem()
    {
        var failure = CodexErrors.Ended(new JsonRpcClosedException("The CLI ended: \u001b[31mError\u001b[0m: cannot open /home/ann/.codex/auth.json"));

        Assert.That(failure.Message, Is.EqualTo("Codex CLI ended before the answer was whole. The CLI ended: Error: cannot open …"));
    }
}
