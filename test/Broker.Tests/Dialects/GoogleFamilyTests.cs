using System.Buffers;
using System.Text;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class GoogleFamilyTests
{
    private static readonly GoogleFamily Family = new();

    [TestCase(ApiErrorKind.InvalidRequest, 400, "INVALID_ARGUMENT")]
    [TestCase(ApiErrorKind.ContextTooLong, 400, "INVALID_ARGUMENT")]
    [TestCase(ApiErrorKind.Unauthenticated, 401, "UNAUTHENTICATED")]
    [TestCase(ApiErrorKind.NotFound, 404, "NOT_FOUND")]
    [TestCase(ApiErrorKind.ModelNotFound, 404, "NOT_FOUND")]
    [TestCase(ApiErrorKind.MethodNotAllowed, 405, "UNIMPLEMENTED")]
    [TestCase(ApiErrorKind.TooLarge, 413, "INVALID_ARGUMENT")]
    [TestCase(ApiErrorKind.RateLimited, 429, "RESOURCE_EXHAUSTED")]
    [TestCase(ApiErrorKind.Overloaded, 503, "UNAVAILABLE")]
    [TestCase(ApiErrorKind.TunnelOffline, 503, "UNAVAILABLE")]
    [TestCase(ApiErrorKind.NoProvider, 503, "UNAVAILABLE")]
    [TestCase(ApiErrorKind.NotLoggedIn, 503, "UNAVAILABLE")]
    [TestCase(ApiErrorKind.TimedOut, 504, "DEADLINE_EXCEEDED")]
    [TestCase(ApiErrorKind.Upstream, 502, "UNAVAILABLE")]
    [TestCase(ApiErrorKind.Internal, 500, "INTERNAL")]
    public void WriteError_EachKind_HasTheVendorsStatus(ApiErrorKind kind, int code, string status)
    {
        var error = new ApiError(kind, "Why.");

        Assert.Multiple(() =>
        {
            Assert.That(Family.StatusOf(error), Is.EqualTo(code));
            Assert.That(WrittenError(error), Is.EqualTo($$$"""{"error":{"code":{{{code}}},"message":"Why.","status":"{{{status}}}"}}"""));
        });
    }

    [Test]
    public void WriteError_RetryAfter_IsRetryInfoInWholeSeconds() => Assert.That(
        WrittenError(new ApiError(ApiErrorKind.RateLimited, "Slow down.") { RetryAfter = TimeSpan.FromSeconds(29.2) }),
        Is.EqualTo("""
            {"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED",
            "details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"30s"}]}}
            """.ReplaceLineEndings(string.Empty)));

    [Test]
    public void WriteError_Param_IsAFieldViolation() => Assert.That(
        WrittenError(ApiError.Invalid("contents", "contents are missing.")),
        Is.EqualTo("""
            {"error":{"code":400,"message":"contents are missing.","status":"INVALID_ARGUMENT",
            "details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents",
            "description":"contents are missing."}]}]}}
            """.ReplaceLineEndings(string.Empty)));

    [Test]
    public void WriteModels_OfEveryCli_AreGooglesList() => Assert.That(
        Written(output => Family.WriteModels(
            output,
            [
                new ListedModel("gemini-2.5-pro", "Gemini", "gemini") { Honours = ["thinking"] },
                new ListedModel("polydev-echo", "Echo", "echo"),
            ])),
        Is.EqualTo("""
            {"models":[{"name":"models/gemini-2.5-pro","displayName":"Gemini",
            "description":"Answered by the gemini CLI of a connected tunnel.",
            "version":"001","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent",
            "streamGenerateContent","countTokens"],"thinking":true},
            {"name":"models/polydev-echo","displayName":"Echo","description":"Answered by the echo CLI of a connected tunnel.",
            "version":"001","supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens"],
            "thinking":false}]}
            """.ReplaceLineEndings(string.Empty)));

    [Test]
    public void WriteModel_One_IsItsDescription() => Assert.That(
        Written(output => Family.WriteModel(output, new ListedModel("o3", "o3", "codex"))),
        Does.StartWith("""{"name":"models/o3","displayName":"o3",""").And.Contains("\"inputTokenLimit\":200000"));

    private static string WrittenError(ApiError error) => Written(output => Family.WriteError(output, error, "req_1"));

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
