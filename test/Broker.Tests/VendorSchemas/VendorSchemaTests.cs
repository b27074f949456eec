using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Broker.Tests.Dialects.Tools;

namespace Polydev.Broker.Tests.VendorSchemas;

/// <summary>Every body, event, list and error that we write is one of the vendor's, field by field.</summary>
internal sealed class VendorSchemaTests
{
    [TestCaseSource(typeof(WrittenBodies), nameof(WrittenBodies.Cases))]
    public void Answer_WholeOfEachKind_IsTheVendors(string dialect, string answer)
    {
        var body = WrittenBodies.Whole(dialect, answer);

        Assert.That(dialect switch
        {
            "chat" => VendorSchema.OpenAi.Problems("CreateChatCompletionResponse", body),
            "responses" => VendorSchema.OpenAi.Problems("Response", body),
            "anthropic" => VendorSchema.Anthropic.Problems("Message", body),
            _ => GoogleMessages.Problems("GenerateContentResponse", body),
        }, Is.Empty);
    }

    [TestCaseSource(typeof(WrittenBodies), nameof(WrittenBodies.Cases))]
    public void Answer_StreamedOfEachKind_IsOfTheVendorsEvents(string dialect, string answer)
    {
        var events = WrittenBodies.Streamed(dialect, answer);

        Assert.That(events, Is.Not.Empty);
        Assert.That(events.SelectMany(data => dialect switch
        {
            "chat" => VendorSchema.OpenAi.Problems("CreateChatCompletionStreamResponse", data),
            "responses" => VendorSchema.OpenAi.ProblemsOfEvent(data),
            "anthropic" => VendorSchema.Anthropic.ProblemsOfEvent(data),
            _ => GoogleMessages.Problems("GenerateContentResponse", data),
        }), Is.Empty);
    }

    [TestCase("chat", """{"type":"custom","custom":{"name":"f"}}""")]
    [TestCase("responses", """{"type":"custom","name":"f"}""")]
    public void Answer_CallOfACustomTool_IsTheVendors(string dialect, string tool)
    {
        var body = WrittenBodies.CustomCall(dialect, tool);

        Assert.That(body, Does.Contain("custom"));
        Assert.That(
            VendorSchema.OpenAi.Problems(dialect == "chat" ? "CreateChatCompletionResponse" : "Response", body), Is.Empty);
    }

    [Test]
    public void Error_OfEachKind_IsTheVendors([Values] ApiErrorKind kind)
    {
        var error = new ApiError(kind, "Why.") { Param = "messages[0]", RetryAfter = TimeSpan.FromSeconds(3) };
        var (openAi, anthropic, google) = (
            WrittenBodies.Written(output => OpenAiFamily.Instance.WriteError(output, error, "req_1")),
            WrittenBodies.Written(output => WrittenBodies.Anthropic.WriteError(output, error, "req_1")),
            WrittenBodies.Written(output => WrittenBodies.Google.WriteError(output, error, "req_1")));

        Assert.Multiple(() =>
        {
            Assert.That(VendorSchema.OpenAi.Problems("ErrorResponse", openAi), Is.Empty);

            // request_too_large is in the vendor's list of errors, and was forgotten in its schema.
            Assert.That(
                kind == ApiErrorKind.TooLarge ? [] : VendorSchema.Anthropic.Problems("ErrorResponse", anthropic), Is.Empty);
            Assert.That(GoogleMessages.ProblemsOfError(google), Is.Empty);
        });
    }

    [TestCaseSource(typeof(ToolRequests), nameof(ToolRequests.Dialects))]
    public void Failure_InAStream_IsTheVendors(string dialect)
    {
        var events = WrittenBodies.Broken(dialect);

        Assert.That(dialect switch
        {
            "chat" => VendorSchema.OpenAi.Problems("ErrorResponse", events[^1]),
            "responses" => events.SelectMany(VendorSchema.OpenAi.ProblemsOfEvent),
            "anthropic" => VendorSchema.Anthropic.Problems("ErrorResponse", events[^1]),
            _ => GoogleMessages.ProblemsOfError(events[^1]),
        }, Is.Empty);
    }

    [Test]
    public void ModelLists_AreTheVendors() => Assert.Multiple(() =>
    {
        Assert.That(
            VendorSchema.OpenAi.Problems("ListModelsResponse", WrittenBodies.ModelList(OpenAiFamily.Instance)), Is.Empty);
        Assert.That(
            VendorSchema.Anthropic.Problems("ListResponse_ModelInfo_", WrittenBodies.ModelList(WrittenBodies.Anthropic)), Is.Empty);
        Assert.That(GoogleMessages.Problems("ListModelsResponse", WrittenBodies.ModelList(WrittenBodies.Google)), Is.Empty);
    });

    [Test]
    public void Counts_AreTheVendors() => Assert.Multiple(() =>
    {
        Assert.That(VendorSchema.OpenAi.Problems("TokenCountsResource", WrittenBodies.Count("responses")), Is.Empty);
        Assert.That(VendorSchema.Anthropic.Problems("CountMessageTokensResponse", WrittenBodies.Count("anthropic")), Is.Empty);
        Assert.That(GoogleMessages.Problems("CountTokensResponse", WrittenBodies.Count("gemini")), Is.Empty);
    });

    [Test]
    public void Problems_OfWhatIsNotTheVendors_AreFound() => Assert.Multiple(() =>
    {
        Assert.That(VendorSchema.OpenAi.Problems("ErrorResponse", """{"error":{"message":"x"}}"""), Is.Not.Empty);
        Assert.That(VendorSchema.OpenAi.ProblemsOfEvent("""{"type":"response.created","response":{}}"""), Is.Not.Empty);
        Assert.That(VendorSchema.OpenAi.ProblemsOfEvent("""{"type":"response.unheard"}"""), Is.Not.Empty);
        Assert.That(VendorSchema.Anthropic.Problems("Message", """{"id":"m","content":[{"type":"text","text":"x"}]}"""), Is.Not.Empty);
        Assert.That(GoogleMessages.Problems("GenerateContentResponse", """{"candidates":[{"finishReason":"DONE"}]}"""), Is.Not.Empty);
        Assert.That(GoogleMessages.Problems("GenerateContentResponse", """{"candidate":[]}"""), Is.Not.Empty);
    });
}
