using System.Net;
using System.Text;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Media;

/// <summary>Pictures and PDFs through the three real CLIs: what comes to the vendor is what was sent, or it is said.</summary>
internal sealed class MediaTests
{
    private const string Claude = "claude-opus-4-6";
    private const string Codex = "gpt-5.3-codex";
    private const string Gemini = "gemini-2.5-flash";
    private const string PngType = "image/png";
    private const string PdfType = "application/pdf";

    // 300 kB, and 4 MB.
    private static readonly string Picture = Convert.ToBase64String(Noise.Png(316));
    private static readonly string LargePicture = Convert.ToBase64String(Noise.Png(1155));
    private static readonly string Document = Convert.ToBase64String(Noise.Pdf(100_000));

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(TunnelBuild.Managed);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Picture_OfEachDialectOnEachCli_ReachesTheVendorByteForByte(
        [Values("chat", "responses", "anthropic", "gemini")] string dialect, [Values(Claude, Codex, Gemini)] string model)
    {
        using var response = await AskAsync(dialect, model, PngType, Picture);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        Assert.That(Received(Picture), Is.True);
        Assert.That(Altered(response), Is.Empty);
    }

    [Test]
    public async Task Document_OfEachDialect_ReachesTheVendorWhereTheCliTakesIt(
        [Values("chat", "responses", "anthropic", "gemini")] string dialect, [Values(Claude, Codex, Gemini)] string model)
    {
        var asked = _stack.Provider.CallCount;

        using var response = await AskAsync(dialect, model, PdfType, Document);

        var answer = await response.Content.ReadAsStringAsync();
        if (model == Codex)
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), answer);
            Assert.That(answer, Does.Contain("PDF documents are not taken by Codex CLI: name a Claude or Gemini model"));
            Assert.That(_stack.Provider.CallCount, Is.EqualTo(asked));
        }
        else
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), answer);
            Assert.That(Received(Document), Is.True);
        }
    }

    [Test]
    public async Task LargePicture_OnEachCli_ArrivesOrIsSaidToBeAltered([Values(Claude, Codex, Gemini)] string model)
    {
        using var response = await AskAsync("chat", model, PngType, LargePicture);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        if (Altered(response).Contains("messages[0].content[1].image_url.url", StringComparison.Ordinal))
        {
            Assert.That(model, Is.EqualTo(Claude));
        }
        else
        {
            Assert.That(Received(LargePicture), Is.True);
        }
    }

    /// <summary>Up to 2,048 pixels at a side and 2,500 squares of 32: what is larger, it makes smaller.</summary>
    [TestCase(1600, 1600, false)]
    [TestCase(1632, 1568, false)]
    [TestCase(2048, 40, false)]
    [TestCase(1601, 1600, true)]
    [TestCase(2048, 1280, true)]
    [TestCase(2049, 40, true)]
    [TestCase(40, 2049, true)]
    public async Task Picture_OfManyPixelsOnCodex_ArrivesOrIsSaidToBeAltered(int width, int height, bool isAltered)
    {
        var picture = Convert.ToBase64String(Noise.Png(width, height));

        using var response = await AskAsync("chat", Codex, PngType, picture);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        Assert.That(Altered(response), Is.EqualTo(isAltered ? "messages[0].content[1].image_url.url" : string.Empty));
        Assert.That(Received(picture), Is.EqualTo(!isAltered));
    }

    [TestCase(Claude, PngType)]
    [TestCase(Claude, PdfType)]
    [TestCase(Codex, PngType)]
    [TestCase(Gemini, PngType)]
    [TestCase(Gemini, PdfType)]
    public async Task DataInAToolsResult_OnEachCli_ReachesTheVendorByteForByte(string model, string type)
    {
        var data = type == PdfType ? Document : Picture;
        using var response = await PostResultAsync(model, type, data);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        Assert.That(Received(data), Is.True);
    }

    [TestCase($"{Claude}[1m]")]
    [TestCase(Codex)]
    [TestCase(Gemini)]
    public async Task TextOfAMegabyteInAToolsResult_OnEachCli_ReachesTheVendorWhole(string model)
    {
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(line => $"{line:D9}\n"));

        using var response = await PostResultAsync(model, JsonSerializer.Serialize(new { type = "text", text }));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        Assert.That(Texts(_stack.Provider.Requests[^1].Body).Any(told => told.Contains(text, StringComparison.Ordinal)), Is.True);
    }

    /// <summary>Just below what is refused for this CLI.</summary>
    [Test]
    public async Task LargePictureInAToolsResult_OnClaude_IsAnsweredAndSaidToBeAltered()
    {
        using var response = await PostResultAsync(Claude, PngType, Convert.ToBase64String(Noise.Png(1075)));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        Assert.That(Altered(response), Is.EqualTo("messages[2].content[0].content[1].source.data"));
    }

    /// <summary>Names and redirects that lead there are looked at in the broker's own tests, which need a network of theirs.</summary>
    [TestCase("https://127.0.0.1/a.png")]
    [TestCase("https://[::1]/a.png")]
    [TestCase("https://169.254.169.254/latest/meta-data")]
    [TestCase("https://10.0.0.1/a.png")]
    [TestCase("https://localhost/a.png")]
    public async Task Picture_AtAnAddressWithin_IsRefusedAndNobodyAsked(string url)
    {
        var asked = _stack.Provider.CallCount;
        var body = JsonSerializer.Serialize(
            new { model = Claude, messages = User([new { type = "image_url", image_url = new { url } }]) });

        using var response = await PostAsync("chat/completions", Claude, body);

        var answer = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), answer);
        Assert.That(answer, Does.Contain("is not a public address"));
        Assert.That(_stack.Provider.CallCount, Is.EqualTo(asked));
    }

    private Task<HttpResponseMessage> PostResultAsync(string model, string type, string data) => PostResultAsync(model, $$$"""
        {"type":"{{{(type == PdfType ? "document" : "image")}}}",
        "source":{"type":"base64","media_type":"{{{type}}}","data":"{{{data}}}"}}
        """);

    private Task<HttpResponseMessage> PostResultAsync(string model, string block) => PostAsync("messages", model, $$$"""
        {"model":"{{{model}}}","max_tokens":100,"messages":[{"role":"user","content":"Look."},
        {"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"look","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"seen"},
        {{{block}}}]}]}],
        "tools":[{"name":"look","input_schema":{"type":"object"}}]}
        """);

    private Task<HttpResponseMessage> AskAsync(string dialect, string model, string type, string data)
    {
        const string Question = "What is it?";
        var isPdf = type == PdfType;
        var url = $"data:{type};base64,{data}";
        object[] Content(string text, object media) => [new { type = text, text = Question }, media];
        (string Path, object Body) request = dialect switch
        {
            "chat" => ("chat/completions", new
            {
                model,
                messages = User(Content("text", isPdf
                    ? new { type = "file", file = new { filename = "a.pdf", file_data = url } }
                    : new { type = "image_url", image_url = new { url } })),
            }),
            "responses" => ("responses", new
            {
                model,
                input = User(Content("input_text", isPdf
                    ? new { type = "input_file", filename = "a.pdf", file_data = url }
                    : new { type = "input_image", image_url = url })),
            }),
            "anthropic" => ("messages", new
            {
                model,
                max_tokens = 100,
                messages = User(Content(
                    "text", new { type = isPdf ? "document" : "image", source = new { type = "base64", media_type = type, data } })),
            }),
            _ => ("google/generate", new
            {
                model,
                contents = new
                {
                    role = "user",
                    parts = new object[] { new { text = Question }, new { inlineData = new { mimeType = type, data } } },
                },
            }),
        };
        return PostAsync(request.Path, model, JsonSerializer.Serialize(request.Body));
    }

    private static object[] User(object[] content) => [new { role = "user", content }];

    private async Task<HttpResponseMessage> PostAsync(string path, string model, string body)
    {
        _stack.Provider.Script = _ => ProviderScript.Say($"seen by {model}");
        using var client = _stack.CreateClient();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await client.PostAsync(path, content).DefaultTimeout();
    }

    /// <summary>It stands in the latest request, bare or behind a data URL's head.</summary>
    private bool Received(string data) => Texts(_stack.Provider.Requests[^1].Body).Any(
        text => text.EndsWith(data, StringComparison.Ordinal) && text.Length < data.Length + 40);

    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(field => Texts(field.Value)),
        _ => [],
    };

    private static string Altered(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-polydev-altered", out var values) ? string.Join(',', values) : string.Empty;
}
