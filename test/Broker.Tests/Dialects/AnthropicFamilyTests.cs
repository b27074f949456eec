using System.Buffers;
using System.Text;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class AnthropicFamilyTests
{
    private static readonly AnthropicFamily Family = new();

    [TestCase(ApiErrorKind.InvalidRequest, 400, "invalid_request_error")]
    [TestCase(ApiErrorKind.ContextTooLong, 400, "invalid_request_error")]
    [TestCase(ApiErrorKind.Unauthenticated, 401, "authentication_error")]
    [TestCase(ApiErrorKind.NotFound, 404, "not_found_error")]
    [TestCase(ApiErrorKind.ModelNotFound, 404, "not_found_error")]
    [TestCase(ApiErrorKind.MethodNotAllowed, 405, "invalid_request_error")]
    [TestCase(ApiErrorKind.TooLarge, 413, "request_too_large")]
    [TestCase(ApiErrorKind.RateLimited, 429, "rate_limit_error")]
    [TestCase(ApiErrorKind.Overloaded, 529, "overloaded_error")]
    [TestCase(ApiErrorKind.TunnelOffline, 503, "api_error")]
    [TestCase(ApiErrorKind.NoProvider, 503, "api_error")]
    [TestCase(ApiErrorKind.NotLoggedIn, 503, "api_error")]
    [TestCase(ApiErrorKind.TimedOut, 504, "timeout_error")]
    [TestCase(ApiErrorKind.Upstream, 502, "api_error")]
    [TestCase(ApiErrorKind.Internal, 500, "api_error")]
    public void WriteError_EachKind_HasTheVendorsTypeAndStatus(ApiErrorKind kind, int status, string type)
    {
        var error = new ApiError(kind, "Why.");

        Assert.Multiple(() =>
        {
            Assert.That(Family.StatusOf(error), Is.EqualTo(status));
            Assert.That(Written(output => Family.WriteError(output, error, "req_1")), Is.EqualTo(
                $$$"""{"error":{"type":"{{{type}}}","message":"Why."},"request_id":"req_1","type":"error"}"""));
        });
    }

    [Test]
    public void WriteModels_TwoModels_AreOnePage() => Assert.That(
        Written(output => Family.WriteModels(output, [new ListedModel("a", "A", "claude"), new ListedModel("b", "B", "codex")])),
        Is.EqualTo("""
            {"data":[{"id":"a","display_name":"A","type":"model","created_at":"1970-01-01T00:00:00Z"},
            {"id":"b","display_name":"B","type":"model","created_at":"1970-01-01T00:00:00Z"}],"has_more":false,"first_id":"a","last_id":"b"}
            """.ReplaceLineEndings(string.Empty)));

    [Test]
    public void WriteModels_None_IsAnEmptyPage() => Assert.That(
        Written(output => Family.WriteModels(output, [])), Is.EqualTo("""{"data":[],"has_more":false,"first_id":null,"last_id":null}"""));

    [Test]
    public void WriteModel_One_IsItsDescription() => Assert.That(
        Written(output => Family.WriteModel(output, new ListedModel("a", "A", "claude"))),
        Is.EqualTo("""{"id":"a","display_name":"A","type":"model","created_at":"1970-01-01T00:00:00Z"}"""));

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
