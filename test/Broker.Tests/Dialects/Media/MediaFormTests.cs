using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Tests.Dialects.Tools;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Dialects.Media;

/// <summary>What of pictures and documents is one dialect's alone.</summary>
internal sealed class MediaFormTests
{
    private const string Pdf = "JVBERi0xLjcK";

    [Test]
    public void Read_ChatsPictureAsAString_IsTaken() =>
        Assert.That(
            Parts("chat", """{"type":"image_url","image_url":"data:image/png;base64,iVBORw0KGgo="}""").Single().Media.Data.Length,
            Is.EqualTo(8));

    [TestCase("chat", """{"type":"file","file":{"file_data":"JVBERi0xLjcK"}}""")]
    [TestCase("responses", """{"type":"input_file","file_data":"JVBERi0xLjcK"}""")]
    public void Read_FileAsBareBase64_IsAPdf(string dialect, string part) =>
        Assert.That(Parts(dialect, part).Single().Media.MimeType, Is.EqualTo("application/pdf"));

    [TestCase("""{"type":"input_file","file_data":"AAAA"}""", "file_data")]
    [TestCase("""{"type":"input_file","file_data":"data:text/plain;base64,AAAA"}""", "file_data")]
    [TestCase("""{"type":"input_file","file_data":"https://a/b.pdf"}""", "file_data")]
    [TestCase("""{"type":"input_file","filename":"f.pdf"}""", "file_data")]
    [TestCase("""{"type":"input_image","image_url":"data:application/pdf;base64,AAAA"}""", "image_url")]
    [TestCase("""{"type":"input_image","image_url":"data:image/png,AAAA"}""", "image_url")]
    [TestCase("""{"type":"input_image","image_url":"data:image/png;base64"}""", "image_url")]
    [TestCase("""{"type":"input_image","image_url":"iVBORw0KGgo="}""", "image_url")]
    [TestCase("""{"type":"input_image","image_url":7}""", "image_url")]
    [TestCase("""{"type":"input_image"}""", "image_url")]
    [TestCase("""{"type":"input_audio","input_audio":{}}""", "type")]
    public void Read_OpenAisPartThatIsNone_NamesTheField(string part, string field) =>
        Assert.That(
            ToolRequests.Refused("responses", MediaRequests.Message("responses", "user", part)),
            Is.EqualTo($"input[0].content[0].{field}"));

    [TestCase("_-8=")]
    [TestCase("_-8")]
    [TestCase("/+8=")]
    [TestCase("/+8")]
    [TestCase("_+8")]
    public void Read_GooglesBase64_MayBeOfEitherAlphabet(string data) =>
        Assert.That(
            Parts("gemini", MediaRequests.Part("gemini", "image/png", data)).First().Media.Data.ToByteArray(),
            Is.EqualTo(new byte[] { 0xFF, 0xEF }));

    [Test]
    public void Read_AnthropicsTextDocument_IsText() =>
        Assert.That(
            Parts("anthropic", """
                {"type":"document","title":"T","context":"C","source":{"type":"text","media_type":"text/plain","data":"D"}}
                """).Select(part => part.Text.Text),
            Is.EqualTo(new[] { "T", "C", "D" }));

    [Test]
    public void Read_AnthropicsContentDocument_IsItsBlocks()
    {
        var parts = Parts("anthropic", """
            {"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"text","text":"b"}]}}
            """);

        Assert.That(parts.Select(part => part.KindCase.ToString()), Is.EqualTo(new[] { "Text", "Media", "Text" }));
    }

    [Test]
    public void Read_AnthropicsPdfWithContext_SaysItBefore()
    {
        var parts = Parts("anthropic", $$$"""
            {"type":"document","context":"C","source":{"type":"base64","media_type":"application/pdf","data":"{{{Pdf}}}"}}
            """);

        Assert.That(parts.Select(part => part.KindCase.ToString()), Is.EqualTo(new[] { "Text", "Media" }));
    }

    [TestCase("""{"type":"document","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}""", "source.media_type")]
    [TestCase("""{"type":"image","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}}""", "source.media_type")]
    [TestCase("""{"type":"document","source":{"type":"text","media_type":"text/html","data":"AAAA"}}""", "source.media_type")]
    [TestCase("""{"type":"document","source":{"type":"url","url":"gopher://a/b"}}""", "source.url")]
    [TestCase("""{"type":"document","source":{"type":"url"}}""", "source.url")]
    [TestCase("""{"type":"image","source":{"type":"file","file_id":"f"}}""", "source.type")]
    [TestCase("""{"type":"image"}""", "source")]
    public void Read_AnthropicsBlockThatIsNone_NamesTheField(string block, string field) =>
        Assert.That(
            ToolRequests.Refused("anthropic", MediaRequests.Message("anthropic", "user", block)),
            Is.EqualTo($"messages[0].content[0].{field}"));

    [TestCase("gs://bucket/SECRET", "fileUri", "no files are stored here")]
    [TestCase("https://generativelanguage.googleapis.com/v1beta/files/SECRET", "fileUri", "no files are stored here")]
    [TestCase("SECRET", "fileUri", "expected an https address")]
    public void Read_GooglesFileThatIsNone_NamesTheField(string uri, string field, string why)
    {
        var fields = MediaRequests.Message("gemini", "user", MediaRequests.Address("gemini", uri));

        var error = Assert.Throws<ApiException>(() => DialectRequest.Read("gemini", fields))!.Error;

        Assert.That(error.Param, Is.EqualTo($"contents[0].parts[0].fileData.{field}"));
        Assert.That(error.Message, Does.Contain(why).And.Not.Contain("SECRET"));
    }

    [Test]
    public void Read_GooglesFileOfAnotherType_NamesTheType() =>
        Assert.That(
            ToolRequests.Refused("gemini", MediaRequests.Message(
                "gemini", "user", MediaRequests.Address("gemini", "https://videos.example/v", "video/mp4"))),
            Is.EqualTo("contents[0].parts[0].fileData.mimeType"));

    [Test]
    public void Read_PictureInAResultThatIsPassedOver_IsPassedOverWithIt()
    {
        var picture = MediaRequests.Part("responses", "image/png", "AAAA");

        var call = DialectRequest.Read("responses", $$"""
            "input":[{"type":"message","role":"user","content":[{{picture}}]},
            {"type":"tool_search_call","call_id":"c"},{"type":"function_call_output","call_id":"c","output":[{{picture}},{{picture}}]}]
            """);

        Assert.That(call.Conversation.Media.Select(media => media.Path.ToString()), Is.EqualTo(new[] { "input[0].content[0].image_url" }));
    }

    [TestCase("image/png", 10, 1_604)]
    [TestCase("image/png", 3_000_000, 1_604)]
    [TestCase("application/pdf", 10, 3_006)]
    [TestCase("application/pdf", 120_000, 9_006)]
    public void Estimate_OfMedia_CountsNoBase64(string type, int length, int tokens)
    {
        var call = DialectRequest.Read("anthropic", MediaRequests.Message(
            "anthropic", "user", MediaRequests.Part("anthropic", type, SomeMedia.Of(type, length))));

        Assert.That(TokenEstimate.Of(call.Conversation, []), Is.EqualTo(tokens));
    }

    [Test]
    public void Read_MorePartsThanAConversationMayHave_IsRefused()
    {
        var many = string.Join(',', Enumerable.Repeat(MediaRequests.Part("gemini", "image/png", "AAAA"), RequestBounds.Parts + 1));

        Assert.That(ToolRequests.Refused("gemini", MediaRequests.Message("gemini", "user", many)), Is.EqualTo("contents"));
    }

    private static IEnumerable<Part> Parts(string dialect, string part) =>
        DialectRequest.Read(dialect, MediaRequests.Message(dialect, "user", part)).Work().Messages[0].Parts;
}
