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
    [TestCase("""{"httpConnectionFailed":{"httpStatusCode":404}}""", FailureKind.UnknownModel, 404)]
    [TestCase("""{"httpConnectionFailed":{"httpStatusCode":413}}""", FailureKind.ContextTooLong, 413)]
    public void Turn_ErrorInfo_IsMapped(string info, FailureKind kind, int status)
    {
        var failure = CodexErrors.Turn(JsonElement.Parse($$"""{"message":"m","codexErrorInfo":{{info}}}"""), retryAfterSeconds: 0);

        Assert.That((failure.Kind, failure.VendorStatus, failure.Message), Is.EqualTo((kind, status, "m")));
    }

    [TestCase(-32602, "Input exceeds the maximum length of 1048576 characters.", FailureKind.InvalidRequest)]
    [TestCase(-32602, "items[0].image_url: not a data URL", FailureKind.InvalidRequest)]
    [TestCase(-32600, "remote image URLs are not supported; use an inline data URL instead", FailureKind.InvalidRequest)]
    [TestCase(-32600, "Invalid request: unknown variant `input_file`, expected one of …", FailureKind.InvalidRequest)]
    [TestCase(-32602, "thread not found: 0199", FailureKind.CliCrashed)]
    [TestCase(-32600, "thread not loaded", FailureKind.CliCrashed)]
    [TestCase(-32600, "no active turn to interrupt", FailureKind.CliCrashed)]
    [TestCase(-32601, "Method not found: thread/inject_items", FailureKind.CliCrashed)]
    [TestCase(-32603, "local environment is not configured", FailureKind.CliCrashed)]
    [TestCase(-32001, "anything new", FailureKind.CliCrashed)]
    public void Of_ErrorAnswerOfTheCli_IsTheCallersFaultOnlyWhereItsInputIs(int code, string message, FailureKind kind)
    {
        var failure = CodexErrors.Of(new JsonRpcErrorException(code, message, default));

        Assert.That((failure.Kind, failure.VendorStatus), Is.EqualTo((kind, 0)), failure.Message);
    }

    [Test]
    public void Of_DefectOfOurs_SaysNothingOfIt() =>
        Assert.That(
            CodexErrors.Of(new InvalidCastException("inner")),
            Has.Property("Kind").EqualTo(FailureKind.Internal).And.Message.Not.Contain("inner"));

    [Test]
    public void Turn_WholeBodyOfA400_TellsTheVendorsMessageOnly()
    {
        const string Error = """{"message":"{\"error\":{\"message\":\"Bad field.\"}}","codexErrorInfo":"other"}""";

        var failure = CodexErrors.Turn(JsonElement.Parse(Error), 0);

        Assert.That((failure.Kind, failure.VendorStatus, failure.Message), Is.EqualTo((FailureKind.InvalidRequest, 400, "Bad field.")));
    }

    [Test]
    public void Turn_MessageWithAddressAndIds_LosesThem()
    {
        var failure = CodexErrors.Turn(
            JsonElement.Parse(
                """{"message":"unexpected status 401 Unauthorized: bad key, url: http://a.b/c, request id: r","codexErrorInfo":"other"}"""),
            0);

        Assert.That(failure.Message, Is.EqualTo("unexpected status 401 Unauthorized: bad key"));
    }

    [Test]
    public void Ended_LogLineWithColorsAndPaths_LosesThem()
    {
        var failure = CodexErrors.Of(
            new JsonRpcClosedException("The CLI ended: \u001b[31mError\u001b[0m: cannot open /home/ann/.codex/auth.json"));

        Assert.That(failure.Message, Is.EqualTo("Codex CLI ended before the answer was whole. The CLI ended: Error: cannot open …"));
    }
}
