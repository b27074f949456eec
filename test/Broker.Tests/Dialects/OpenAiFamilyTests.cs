using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class OpenAiFamilyTests
{
    [TestCase(ApiErrorKind.InvalidRequest, 400, "invalid_request_error", null)]
    [TestCase(ApiErrorKind.Unauthenticated, 401, "invalid_request_error", "invalid_api_key")]
    [TestCase(ApiErrorKind.ModelNotFound, 404, "invalid_request_error", "model_not_found")]
    [TestCase(ApiErrorKind.ContextTooLong, 400, "invalid_request_error", "context_length_exceeded")]
    [TestCase(ApiErrorKind.RateLimited, 429, "requests", "rate_limit_exceeded")]
    [TestCase(ApiErrorKind.TunnelOffline, 503, "server_error", "tunnel_offline")]
    [TestCase(ApiErrorKind.TimedOut, 504, "server_error", "request_timed_out")]
    [TestCase(ApiErrorKind.Upstream, 502, "server_error", null)]
    [TestCase(ApiErrorKind.Internal, 500, "server_error", null)]
    public void WriteError_Kind_HasOpenAisWords(ApiErrorKind kind, int status, string type, string? code)
    {
        var error = new ApiError(kind, "What happened.") { Param = "n" };
        var body = Written(output => OpenAiFamily.Instance.WriteError(output, error, "req_1"));

        var written = code is null ? "null" : $"\"{code}\"";
        Assert.That(OpenAiFamily.Instance.StatusOf(error), Is.EqualTo(status));
        Assert.That(body, Is.EqualTo(
            $$$"""{"error":{"message":"What happened.","type":"{{{type}}}","param":"n","code":{{{written}}}}}"""));
    }

    [TestCase("claude", "anthropic")]
    [TestCase("codex", "openai")]
    [TestCase("gemini", "google")]
    [TestCase("echo", "polydev")]
    public void WriteModel_Provider_IsTheOwner(string provider, string owner) => Assert.That(
        Written(output => OpenAiFamily.Instance.WriteModel(output, new ListedModel("m", "M", provider))),
        Is.EqualTo($$"""{"id":"m","owned_by":"{{owner}}","object":"model","created":0}"""));

    [Test]
    public void WriteModels_List_HasOpenAisShape() => Assert.That(
        Written(output => OpenAiFamily.Instance.WriteModels(
            output, [new ListedModel("a", "A", "claude"), new ListedModel("b", "B", "codex")])),
        Is.EqualTo("""
            {"data":[{"id":"a","owned_by":"anthropic","object":"model","created":0},
            {"id":"b","owned_by":"openai","object":"model","created":0}],"object":"list"}
            """.ReplaceLineEndings(string.Empty)));

    [Test]
    public void RequestIdHeader_Always_IsOpenAis() => Assert.That(OpenAiFamily.Instance.RequestIdHeader, Is.EqualTo("x-request-id"));

    [TestCase(0, "0")]
    [TestCase(1234.9, "1234")]
    public void SetHeaders_Took_IsInWholeMilliseconds(double took, string expected)
    {
        var headers = new HeaderDictionary();

        OpenAiFamily.Instance.SetHeaders(headers, TimeSpan.FromMilliseconds(took), "a");

        Assert.That(headers["openai-processing-ms"].ToString(), Is.EqualTo(expected));
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
