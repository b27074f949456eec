using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Exchange;
using Polydev.Broker.Limits;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;
using ZstdSharp;

namespace Polydev.Broker.Tests.Api;

/// <summary>Bodies that their callers have compressed: read under the same limits, and refused in the dialect's words.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CompressedBodyTests
{
    private const string Question = """{"model":"claude-opus-4-6","max_tokens":9,"messages":[{"role":"user","content":"TEXT"}]}""";

    private readonly ScriptedExchange _exchange = new() { Answer = [WorkEvents.Started(), WorkEvents.Finished(StopReason.EndTurn)] };
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync(replace: services =>
        services.AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange));

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Body_Compressed_ArrivesAsItWas(
        [Values("gzip", "deflate", "br", "zstd", "identity")] string encoding, [Values(5, 300_000)] int length)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(index => (char)('a' + (index * 7 % 23))));

        using var response = await SendAsync(encoding, Compress(encoding, Question.Replace("TEXT", text)));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _exchange.NextAsync()).Item.Messages.Single().Parts.Single().Text.Text, Is.EqualTo(text));
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    [TestCase("zstd")]
    public async Task Body_NotWhatItsEncodingSays_Is400(string encoding)
    {
        using var response = await SendAsync(encoding, Encoding.ASCII.GetBytes(Question));

        await ExpectAsync(response, HttpStatusCode.BadRequest, encoding);
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    [TestCase("zstd")]
    public async Task Body_CompressedAndCutShort_Is400(string encoding)
    {
        var whole = Compress(encoding, Question.Replace("TEXT", Guid.NewGuid().ToString()));

        using var response = await SendAsync(encoding, whole[..(whole.Length / 2)]);

        await ExpectAsync(response, HttpStatusCode.BadRequest, "body");
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    [TestCase("zstd")]
    public async Task Body_Over32MegabytesOnceInflated_Is413(string encoding)
    {
        var bomb = Compress(encoding, Question.Replace("TEXT", new string('x', 33_000_000)));
        Assert.That(bomb, Has.Length.LessThan(1_000_000));

        using var response = await SendAsync(encoding, bomb);

        await ExpectAsync(response, HttpStatusCode.RequestEntityTooLarge, "32 MB");
        Assert.That(_broker.Services.GetRequiredService<BodyMemory>().InUse, Is.Zero);
    }

    [TestCase("compress")]
    [TestCase("gzip, br")]
    [TestCase("no encoding at all")]
    public async Task Body_OfAnotherEncoding_Is415WithThoseWeRead(string encoding)
    {
        using var response = await SendAsync(encoding, Encoding.ASCII.GetBytes(Question));

        await ExpectAsync(response, HttpStatusCode.UnsupportedMediaType, "Content-Encoding", "invalid_request_error");
        Assert.That(string.Join(", ", response.Headers.GetValues("Accept-Encoding")), Is.EqualTo("zstd, br, gzip, deflate"));
    }

    private static byte[] Compress(string encoding, string json)
    {
        using var output = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" => new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true),
            "zstd" => new CompressionStream(output, leaveOpen: true),
            _ => new BufferedStream(new MemoryStream()),
        })
        {
            stream.Write(Encoding.UTF8.GetBytes(json));
        }

        return encoding == "identity" ? Encoding.UTF8.GetBytes(json) : output.ToArray();
    }

    private async Task<HttpResponseMessage> SendAsync(string encoding, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return await _broker.Http.PostAsync("v1/messages", content).DefaultTimeout();
    }

    private static async Task ExpectAsync(HttpResponseMessage response, HttpStatusCode status, params string[] texts)
    {
        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(status), body);
        Assert.That(body, Does.Contain(CallShapes.ErrorMark("anthropic")));
        foreach (var text in texts)
        {
            Assert.That(body, Does.Contain(text));
        }
    }
}
