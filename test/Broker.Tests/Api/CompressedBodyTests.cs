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

        using var response = await SendAsync("anthropic", encoding, Compress(encoding, Question("anthropic", text)));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _exchange.NextAsync()).Item.Messages.Single().Parts.Single().Text.Text, Is.EqualTo(text));
    }

    [TestCase("gzip", "openai-responses")]
    [TestCase("deflate", "anthropic")]
    [TestCase("br", "gemini")]
    [TestCase("zstd", "openai-chat")]
    public async Task Body_NotWhatItsEncodingSays_Is400(string encoding, string dialect)
    {
        using var response = await SendAsync(dialect, encoding, Encoding.ASCII.GetBytes(Question(dialect, "hi")));

        await ExpectAsync(response, dialect, HttpStatusCode.BadRequest, encoding);
    }

    [TestCase("gzip", "gemini")]
    [TestCase("deflate", "openai-chat")]
    [TestCase("br", "anthropic")]
    [TestCase("zstd", "openai-responses")]
    public async Task Body_CompressedAndCutShort_Is400(string encoding, string dialect)
    {
        var whole = Compress(encoding, Question(dialect, Guid.NewGuid().ToString()));

        using var response = await SendAsync(dialect, encoding, whole[..(whole.Length / 2)]);

        await ExpectAsync(response, dialect, HttpStatusCode.BadRequest, "body");
    }

    [TestCase("gzip", "openai-chat")]
    [TestCase("deflate", "gemini")]
    [TestCase("br", "openai-responses")]
    [TestCase("zstd", "anthropic")]
    public async Task Body_Over32MegabytesOnceInflated_Is413(string encoding, string dialect)
    {
        var bomb = Compress(encoding, Question(dialect, new string('x', 33_000_000)));
        Assert.That(bomb, Has.Length.LessThan(1_000_000));

        using var response = await SendAsync(dialect, encoding, bomb);

        await ExpectAsync(response, dialect, HttpStatusCode.RequestEntityTooLarge, "32 MB");
        Assert.That(_broker.Services.GetRequiredService<BodyMemory>().InUse, Is.Zero);
    }

    [TestCase("compress", "anthropic", "invalid_request_error")]
    [TestCase("gzip, br", "openai-chat", "invalid_request_error")]
    [TestCase("no encoding at all", "openai-responses", "invalid_request_error")]
    [TestCase("compress", "gemini", "INVALID_ARGUMENT")]
    public async Task Body_OfAnotherEncoding_Is415WithThoseWeRead(string encoding, string dialect, string type)
    {
        using var response = await SendAsync(dialect, encoding, Encoding.ASCII.GetBytes(Question(dialect, "hi")));

        await ExpectAsync(response, dialect, HttpStatusCode.UnsupportedMediaType, "Content-Encoding", type);
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

    private static string Question(string dialect, string text) => CallShapes.Of(dialect).Body.Replace("\"hi\"", $"\"{text}\"");

    private async Task<HttpResponseMessage> SendAsync(string dialect, string encoding, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return await _broker.Http.PostAsync(CallShapes.Of(dialect).Path, content).DefaultTimeout();
    }

    private static async Task ExpectAsync(HttpResponseMessage response, string dialect, HttpStatusCode status, params string[] texts)
    {
        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(status), body);
        Assert.That(body, Does.Contain(CallShapes.ErrorMark(dialect)));
        foreach (var text in texts)
        {
            Assert.That(body, Does.Contain(text));
        }
    }
}
