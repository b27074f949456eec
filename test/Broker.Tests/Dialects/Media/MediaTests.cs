using System.Net;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Dialects.Tools;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Dialects.Media;

/// <summary>Pictures and documents, the same in all dialects: what is in the work, what is refused, who gets it, what is said.</summary>
[TestFixtureSource(typeof(ToolRequests), nameof(ToolRequests.Dialects))]
public sealed class MediaTests(string dialect)
{
    [TestCase("image/png")]
    [TestCase("image/jpeg")]
    [TestCase("image/gif")]
    [TestCase("image/webp")]
    [TestCase("application/pdf")]
    public void Read_Data_IsInTheWorkByteForByteAndInItsPlace(string type)
    {
        var data = SomeMedia.Of(type);

        var call = DialectRequest.Read(dialect, User(Text("a"), Part(type, data), Text("b"), Part("image/png", SomeMedia.Of("image/png"))));

        var parts = call.Work().Messages.SelectMany(message => message.Parts).Take(4).ToList();
        Assert.That(parts.Select(part => part.KindCase.ToString()), Is.EqualTo(new[] { "Text", "Media", "Text", "Media" }));
        Assert.That(parts[1].Media.Data.ToByteArray(), Is.EqualTo(data));
        Assert.That(parts[1].Media.MimeType, Is.EqualTo(type));
        Assert.That(parts[1].Media.Title, Is.EqualTo(type == MediaRequests.Pdf ? MediaRequests.Title : string.Empty));
        Assert.That(
            call.Conversation.Media.Select(media => media.Path.ToString()),
            Is.EqualTo(new[] { MediaRequests.PathOf(dialect, 1, type), MediaRequests.PathOf(dialect, 3) }));
        Assert.That(call.Conversation.AwaitsMedia, Is.False);
    }

    [TestCase("image/png")]
    [TestCase("application/pdf")]
    public void Read_DataInAToolsResult_IsInTheWork(string type)
    {
        var data = SomeMedia.Of(type);
        var parts = new[] { Part(type, data), Part("image/gif", SomeMedia.Of("image/gif")) };

        var call = DialectRequest.Read(dialect, MediaRequests.Result(dialect, parts));

        var media = call.Work().Messages[^1].Parts.Single().ToolResult.Content.Select(part => part.Media).OfType<MediaPart>().ToList();
        Assert.That(media.Select(part => part.MimeType), Is.EqualTo(new[] { type, "image/gif" }));
        Assert.That(media[0].Data.ToByteArray(), Is.EqualTo(data));
        Assert.That(
            call.Conversation.Media.Select(sent => sent.Path.ToString()),
            Is.EqualTo(new[] { MediaRequests.PathInResult(dialect, 0, type), MediaRequests.PathInResult(dialect, 1) }));
    }

    [TestCase("image/png", "image/jpeg", "image/jpeg")]
    [TestCase("image/webp", "image/gif", "image/gif")]
    [TestCase("image/jpg", "image/jpeg", "image/jpeg")]
    [TestCase("image/jpg", "", "image/jpeg")]
    [TestCase("IMAGE/PNG; a=b", "image/png", "image/png")]
    [TestCase("image/gif", "", "image/gif")]
    public void Read_Picture_IsWhatItsBytesSay(string stated, string made, string expected) =>
        Assert.That(Single(stated, Convert.ToBase64String(SomeMedia.Of(made))).MimeType, Is.EqualTo(expected));

    [Test]
    public void Read_EscapedSlashes_AreSlashes()
    {
        var data = SomeMedia.Of("image/png");

        Assert.That(Single("image/png", Convert.ToBase64String(data).Replace("/", "\\/")).Data.ToByteArray(), Is.EqualTo(data));
    }

    [TestCase("")]
    [TestCase("====")]
    [TestCase("SECRE")]
    [TestCase("SECR T==")]
    [TestCase("SECR\\nT===")]
    [TestCase("SECRET%%")]
    [TestCase("SECR\\ud83dET")]
    [TestCase("SECRETé=")]
    [TestCase("SECRET==SECRET==")]
    public void Read_DataThatIsNone_NamesTheFieldAlone(string data)
    {
        var error = Refused(User(Text("a"), Part("image/png", data)));

        Assert.That(error.Param, Is.EqualTo(MediaRequests.PathOf(dialect, 1)));
        Assert.That(error.Message, Does.Contain(error.Param).And.Not.Contain("SECR"));
    }

    [TestCase("image/svg+xml", "'image/svg+xml'")]
    [TestCase("text/plain", "'text/plain'")]
    [TestCase("image", "'image'")]
    public void Read_AnotherType_IsNamed(string type, string named)
    {
        var error = Refused(User(Part(type, "AAAA")));

        Assert.That(error.Param, Is.EqualTo(MediaRequests.PathOfType(dialect, 0)));
        Assert.That(error.Message, Does.Contain(named).And.Contain("'image/webp'"));
    }

    [Test]
    public void Read_TypeThatIsNone_IsNotRepeated() =>
        Assert.That(
            Refused(User(Part($"image/{new string('S', 70)}", "AAAA"))).Message, Does.Contain("another type").And.Not.Contain("SSS"));

    [TestCase("user")]
    [TestCase("result")]
    public void Read_Address_IsLeftToBeFetched(string place)
    {
        var address = MediaRequests.Address(dialect, "https://pictures.example/a?b=c");

        var call = DialectRequest.Read(dialect, place == "user" ? User(address) : MediaRequests.Result(dialect, address));

        Assert.That(call.Conversation.AwaitsMedia, Is.True);
        Assert.That(call.Conversation.Media.Single().Address!.Url.AbsoluteUri, Is.EqualTo("https://pictures.example/a?b=c"));
    }

    [TestCase("http://pictures.example/SECRET", "only https addresses")]
    [TestCase("HTTP://pictures.example/SECRET", "only https addresses")]
    [TestCase("https://me:SECRET@pictures.example/", "user name")]
    [TestCase("https://pictures.example:8443/SECRET", "port 443")]
    [TestCase("https://:443/SECRET", "https address")]
    public void Read_AddressThatIsNotFetched_NamesTheField(string url, string why)
    {
        var error = Refused(User(Text("a"), MediaRequests.Address(dialect, url)));

        Assert.That(error.Param, Is.EqualTo(MediaRequests.PathOfAddress(dialect, 1)));
        Assert.That(error.Message, Does.Contain(why).And.Not.Contain("SECRET"));
    }

    [Test]
    public void Read_AddressOfAnyLength_IsBounded()
    {
        var longest = $"https://pictures.example/{new string('a', RequestBounds.Address - "https://pictures.example/".Length)}";

        Assert.DoesNotThrow(() => DialectRequest.Read(dialect, User(MediaRequests.Address(dialect, longest))));
        Assert.That(
            Refused(User(MediaRequests.Address(dialect, $"{longest}a"))).Param, Is.EqualTo(MediaRequests.PathOfAddress(dialect, 0)));
    }

    [Test]
    public void Read_PictureOfTheSystems_IsRefused() =>
        Assert.That(
            Refused(MediaRequests.System(dialect, Part("image/png", "AAAA"))).Param,
            Does.EndWith(dialect == "gemini" ? "parts[0].inline_data" : "[0].type"));

    [Test]
    public void Read_PictureOfTheAssistants_IsRefusedWhereTheVendorMakesNone()
    {
        var fields = MediaRequests.Message(dialect, "assistant", Text("a"), Part("image/png", "AAAA"));

        if (dialect == "gemini")
        {
            Assert.That(
                DialectRequest.Read(dialect, fields).Requested.Select(asked => asked.Field), Does.Contain("contents.parts.inline_data"));
        }
        else
        {
            Assert.That(Refused(fields).Param, Does.EndWith(".content[1].type"));
        }
    }

    [Test]
    public void Read_DataAtItsBound_IsTaken()
    {
        Assert.That(Single("image/png", Zeros(RequestBounds.MediaBytes)).Data.Length, Is.EqualTo(RequestBounds.MediaBytes));
        Assert.That(
            Refused(User(Part("image/png", Zeros(RequestBounds.MediaBytes + 1)))).Param, Is.EqualTo(MediaRequests.PathOf(dialect, 0)));
    }

    [Test]
    public void CheckServedBy_ACliWithoutThem_NamesTheField()
    {
        var document = DialectRequest.Read(dialect, User(Part(MediaRequests.Pdf, SomeMedia.Of(MediaRequests.Pdf))));
        var picture = DialectRequest.Read(dialect, User(Part("image/png", "AAAA")));

        var error = Assert.Throws<ApiException>(() => document.CheckServedBy(Codex(RequestFeatures.Images)))!.Error;
        Assert.That(error.Message, Does.EndWith("PDF documents are not taken by Codex CLI: name a Claude or Gemini model."));
        Assert.That(error.Param, Is.EqualTo(MediaRequests.PathOf(dialect, 0, MediaRequests.Pdf)));
        Assert.That(
            Assert.Throws<ApiException>(() => picture.CheckServedBy(Codex()))!.Error.Message,
            Does.EndWith("Images are not taken by this machine's Codex CLI yet: update its polydev-mcp."));
        Assert.DoesNotThrow(() => picture.CheckServedBy(Codex(RequestFeatures.Images)));
        Assert.DoesNotThrow(() => document.CheckServedBy(Claude));
    }

    [TestCase(3_500_000, false)]
    [TestCase(3_500_001, true)]
    public void CheckServedBy_ClaudeWithALargePictureInAResult_SaysSo(int length, bool refused)
    {
        var part = Part("image/png", Zeros(length));
        var result = DialectRequest.Read(dialect, MediaRequests.Result(dialect, part));

        Assert.DoesNotThrow(() => DialectRequest.Read(dialect, User(part)).CheckServedBy(Claude));
        Assert.DoesNotThrow(() => result.CheckServedBy(Codex(RequestFeatures.Images)));
        if (refused)
        {
            var error = Assert.Throws<ApiException>(() => result.CheckServedBy(Claude))!.Error;
            Assert.That(error.Param, Is.EqualTo(MediaRequests.PathInResult(dialect, 0)));
            Assert.That(error.Message, Does.Contain("3500000 bytes in a tool's result"));
        }
        else
        {
            Assert.DoesNotThrow(() => result.CheckServedBy(Claude));
        }
    }

    [TestCase(500_000, false)]
    [TestCase(500_001, true)]
    public async Task Post_PictureThatClaudeCodeMakesAnew_IsSaid(int length, bool said)
    {
        await using var broker = await RunningBroker.StartAsync();
        var cli = new CliInfo(Frames.Cli(Providers.Claude)) { Honours = { RequestFeatures.Images } };
        await using var tunnel = await broker.ConnectTunnelAsync(Frames.Hello("t1", cli));
        var given = new TaskCompletionSource<WorkItem>(TaskCreationOptions.RunContinuationsAsynchronously);
        tunnel.Answer = item =>
        {
            given.TrySetResult(item);
            return Frames.Answer(item.WorkId, "ok");
        };
        var data = SomeMedia.Of("image/png", length);
        var (path, body) = MediaRequests.Post(dialect, User(Text("a"), Part("image/png", data)));

        using var response = await broker.PostAsync(path, body);

        var told = response.Headers.TryGetValues("x-polydev-altered", out var values) ? values : [];
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(told, Is.EqualTo(said ? new[] { MediaRequests.PathOf(dialect, 1) } : []));
        var part = (await given.Task.DefaultTimeout()).Messages[0].Parts[1].Media;
        Assert.That(part.Data.Span.SequenceEqual(data), Is.True);
    }

    private static ModelRoute Claude { get; } =
        new("session", Providers.Claude, "model", [RequestFeatures.Images, RequestFeatures.Documents]);

    private static ModelRoute Codex(params string[] honours) => new("session", Providers.Codex, "model", honours);

    private static string Zeros(int length) => Convert.ToBase64String(new byte[length]);

    private string Text(string text) => MediaRequests.Text(dialect, text);

    private string Part(string type, string data) => MediaRequests.Part(dialect, type, data);

    private string Part(string type, byte[] data) => MediaRequests.Part(dialect, type, data);

    private string User(params string[] parts) => MediaRequests.Message(dialect, "user", parts);

    private MediaPart Single(string type, string data) =>
        DialectRequest.Read(dialect, User(Part(type, data))).Work().Messages[0].Parts[0].Media;

    private ApiError Refused(string fields)
    {
        var error = Assert.Throws<ApiException>(() => DialectRequest.Read(dialect, fields))!.Error;
        Assert.That(error.Kind, Is.EqualTo(ApiErrorKind.InvalidRequest));
        return error;
    }
}
