using System.Net;
using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Tests.Dialects.Media;
using Polydev.Broker.Tests.Dialects.Tools;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Egress;

/// <summary>Pictures and documents by address, the same in all dialects: from the caller's request to the tunnel's work.</summary>
[TestFixtureSource(typeof(ToolRequests), nameof(ToolRequests.Dialects))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MediaByAddressTests(string dialect)
{
    private const string Png = "image/png";
    private const string A = "https://a.pictures.example/a";

    private AddressRig _rig = null!;

    [SetUp]
    public async Task SetUp() => _rig = await AddressRig.StartAsync();

    [TearDown]
    public async Task TearDown() => await _rig.DisposeAsync();

    [TestCase(Png)]
    [TestCase(MediaRequests.Pdf)]
    public async Task Post_Address_IsInTheWorkByteForByteAsIfItHadBeenSent(string type)
    {
        var data = SomeMedia.Of(type, 300_000);
        Serve(type, data);

        var work = await WorkOfAsync(User(MediaRequests.Text(dialect, "a"), Address(A, type), MediaRequests.Text(dialect, "b")));

        var parts = work.Messages[0].Parts;
        Assert.That(parts.Take(3).Select(part => part.KindCase.ToString()), Is.EqualTo(new[] { "Text", "Media", "Text" }));
        Assert.That(parts[1].Media.Data.Span.SequenceEqual(data), Is.True);
        Assert.That(parts[1].Media.MimeType, Is.EqualTo(type));
        Assert.That(parts[1].Media.Title, Is.EqualTo(type == Png ? string.Empty : MediaRequests.Title));
    }

    [TestCase(Png)]
    [TestCase(MediaRequests.Pdf)]
    public async Task Post_AddressInAToolsResult_IsInTheWork(string type)
    {
        var data = SomeMedia.Of(type);
        Serve(type, data);

        var work = await WorkOfAsync(MediaRequests.Result(dialect, Address(A, type)));

        var media = work.Messages[^1].Parts.Single().ToolResult.Content.Select(part => part.Media).OfType<MediaPart>().Single();
        Assert.That(media.Data.ToByteArray(), Is.EqualTo(data));
        Assert.That(media.MimeType, Is.EqualTo(type));
    }

    [Test]
    public async Task Post_OneAddressTwiceAndAnother_FetchesEachOnce()
    {
        _rig.Server.Answer = context => PictureServer.Send(context, Png, SomeMedia.Of(Png, context.Request.Path == "/a" ? 100 : 200));

        var work = await WorkOfAsync(User(Address(A), Address("https://a.pictures.example/b"), Address(A)));

        Assert.That(work.Messages[0].Parts.Take(3).Select(part => part.Media.Data.Length), Is.EqualTo(new[] { 100, 200, 100 }));
        Assert.That(_rig.Server.Requests, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Post_AddressThatLeadsOn_IsFollowed()
    {
        var data = SomeMedia.Of(Png);
        _rig.Server.Answer = context => context.Request.Path == "/a"
            ? PictureServer.Redirect(context, "https://b.pictures.example/b")
            : PictureServer.Send(context, Png, data);

        var work = await WorkOfAsync(User(Address(A)));

        Assert.That(work.Messages[0].Parts[0].Media.Data.ToByteArray(), Is.EqualTo(data));
    }

    [TestCaseSource(nameof(Guarded))]
    public async Task Post_AddressThatIsNotPublic_IsRefusedAndNeverConnectedTo(string host)
    {
        var error = await RefusedAsync(User(Address($"https://{host}/latest/SECRET")));

        Assert.That(error, Does.Contain("is not a public address").And.Not.Contain("SECRET"));
        Assert.That((_rig.Network.Dialled.Count, _rig.Server.Connections), Is.EqualTo((0, 0)));
    }

    [TestCaseSource(nameof(Guarded))]
    public async Task Post_AddressThatLeadsToOneThatIsNotPublic_IsRefusedAndNeverConnectedTo(string host)
    {
        _rig.Server.Answer = context => PictureServer.Redirect(context, $"https://{host}/latest/SECRET");

        var error = await RefusedAsync(User(Address(A)));

        Assert.That(error, Does.Contain("is not a public address").And.Not.Contain("SECRET"));
        Assert.That((_rig.Network.Dialled.Count, _rig.Server.Connections), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task Post_AddressOfAnotherType_NamesTheType()
    {
        Serve("text/html; charset=utf-8", "<html>"u8.ToArray());

        Assert.That(await RefusedAsync(User(Address(A))), Does.Contain("'text/html'").And.Contain("'image/webp'"));
    }

    [TestCase(Png, MediaRequests.Pdf)]
    [TestCase(MediaRequests.Pdf, Png)]
    public async Task Post_APdfForAPictureOrTheOtherWay_IsRefused(string asked, string served)
    {
        Serve(served, SomeMedia.Of(served));

        Assert.That(await RefusedAsync(User(Address(A, asked)), asked), Does.Contain($"'{served}'"));
    }

    [Test]
    public async Task Post_AddressWithMoreThan20Megabytes_IsRefusedAsDataIs()
    {
        Serve(Png, new byte[RequestBounds.MediaBytes + 1]);

        Assert.That(await RefusedAsync(User(Address(A))), Does.Contain("the data comes to more than 20 MB"));
    }

    [Test]
    public async Task Post_AddressesWithMoreThanATunnelTakes_Is413()
    {
        Serve(Png, SomeMedia.Of(Png, RequestBounds.MediaBytes));
        var (path, body) = MediaRequests.Post(dialect, User([.. Enumerable.Range(1, 3).Select(n => Address($"{A}{n}"))]));

        using var response = await _rig.Broker.PostAsync(path, body);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("more than 50 MB in all"));
    }

    [Test]
    public async Task Post_MoreAddressesThanARequestMayHave_FetchesNone()
    {
        var many = Enumerable.Range(0, RequestBounds.Addresses + 1).Select(n => Address($"{A}{n}"));

        var error = await RefusedAsync(User([.. many]), index: RequestBounds.Addresses);

        Assert.That(error, Does.Contain("more than 100 addresses"));
        Assert.That(_rig.Server.Connections, Is.Zero);
    }

    [Test]
    public async Task Post_ADocumentsAddressForCodex_IsRefusedAndNotFetched()
    {
        var (path, body) = MediaRequests.Post(dialect, User(Address(A, MediaRequests.Pdf)));

        using var response = await _rig.Broker.PostAsync(path, body.Replace("claude-x", "gpt-5.3-codex"));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("PDF documents are not taken by Codex CLI"));
        Assert.That(_rig.Server.Connections, Is.Zero);
    }

    [Test]
    public async Task Post_ModelThatNoTunnelServes_FetchesNothing()
    {
        var (path, body) = MediaRequests.Post(dialect, User(Address(A)));

        using var response = await _rig.Broker.PostAsync(path, body.Replace("claude-x", "gemini-2.5-pro"));

        Assert.That(response.StatusCode, Is.Not.EqualTo(HttpStatusCode.OK));
        Assert.That(_rig.Server.Connections, Is.Zero);
    }

    private static IEnumerable<string> Guarded =>
    [
        "127.0.0.1", "169.254.169.254", "[::1]", "[::]", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "10.0.0.1", "localhost", "private.pictures.example", "mixed.pictures.example",
    ];

    private string Address(string url, string type = Png) => MediaRequests.Address(dialect, url, type);

    private string User(params string[] parts) => MediaRequests.Message(dialect, "user", parts);

    private void Serve(string type, byte[] data) => _rig.Server.Answer = context => PictureServer.Send(context, type, data);

    private async Task<WorkItem> WorkOfAsync(string fields)
    {
        var (path, body) = MediaRequests.Post(dialect, fields);
        var sending = _rig.Broker.PostAsync(path, body);
        var work = await await Task.WhenAny(_rig.Tunnel.NextAsync(), FailedAsync(sending));
        await _rig.Tunnel.SendAsync(Frames.Answer(work.WorkId, "ok"));
        using var response = await sending;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return work;
    }

    // So that a refusal is told, and not that nothing came.
    private static async Task<WorkItem> FailedAsync(Task<HttpResponseMessage> sending)
    {
        var response = await sending;
        throw new AssertionException(await response.Content.ReadAsStringAsync());
    }

    /// <summary>The message of the dialect's own 400, which names the field.</summary>
    private async Task<string> RefusedAsync(string fields, string type = Png, int index = 0)
    {
        var (path, body) = MediaRequests.Post(dialect, fields);
        using var response = await _rig.Broker.PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), text);
        using var json = JsonDocument.Parse(text);
        var error = json.RootElement.GetProperty("error");
        Assert.That(error.GetProperty(dialect switch { "gemini" => "status", _ => "type" }).GetString(), Is.EqualTo(
            dialect == "gemini" ? "INVALID_ARGUMENT" : "invalid_request_error"));
        var message = error.GetProperty("message").GetString()!;
        Assert.That(message, Does.Contain(MediaRequests.PathOfAddress(dialect, index, type)));
        return message;
    }
}
