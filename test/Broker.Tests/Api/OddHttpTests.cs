using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>What a caller can do badly below the JSON and in its bytes: a 4xx with a body, never a 500.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class OddHttpTests
{
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [TestCase("FFFFFFFFFFFFFFFFF")]
    [TestCase("80000000")]
    [TestCase("7FFFFFFF0")]
    [TestCase("-5")]
    [TestCase("zz")]
    [TestCase("")]
    public async Task Chunk_WhoseSizeIsNone_Is400(string size)
    {
        var answer = await SendAsync($"Transfer-Encoding: chunked\r\n\r\n{size}\r\n{{}}\r\n0\r\n\r\n");

        Assert.That(answer, Does.Match("^HTTP/1.1 4(00|13) ").And.Contain("\"error\""));
    }

    [TestCase("Content-Length: -1\r\n\r\n")]
    [TestCase("Content-Length: 99999999999999999999\r\n\r\n")]
    [TestCase("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")]
    [TestCase("Transfer-Encoding: nonsense\r\n\r\n")]
    [TestCase("Transfer-Encoding: chunked, gzip\r\n\r\n")]
    [TestCase("Odd Name: x\r\n\r\n")]
    public async Task Head_ThatIsNoHttp_Is400(string rest)
    {
        Assert.That(await SendAsync(rest), Does.StartWith("HTTP/1.1 400 "));
    }

    [TestCase("models")]
    [TestCase("models/")]
    [TestCase("models/gemini-2.5-pro")]
    [TestCase("v1beta/models/gemini-2.5-pro:embedContent")]
    [TestCase("v1/models/:generateContent")]
    [TestCase("models/a%2Fb:")]
    public async Task Models_PostedToWithoutAnActionOfOurs_IsA404ThatNamesThem(string path)
    {
        using var response = await _broker.PostAsync(path, "{}");

        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(body, Does.Contain(":streamGenerateContent").And.Contain("\"status\":\"NOT_FOUND\""));
    }

    [TestCase("chat/completions?key=%")]
    [TestCase("chat/completions?%FF=%FF&key=%00")]
    [TestCase("v1beta/models/x:streamGenerateContent?alt=%FF&alt=sse&alt")]
    [TestCase("models/%ff%fe:generateContent")]
    [TestCase("v1/messages?&&==&=")]
    public async Task Query_OfAnyKind_IsNeverA500(string path)
    {
        using var response = await _broker.PostAsync(path, "{}");

        Assert.That((int)response.StatusCode, Is.InRange(400, 499).Or.EqualTo(503));
        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain("\"error\""));
    }

    // Whatever is a name or a text in the body holds, one after the other, a byte that no UTF-8 has, half a letter, and half a surrogate.
    [TestCase(
        "chat/completions",
        """{"model":"o3","stop":["s"],"user":"u","messages":[{"role":"system","content":"a"},{"role":"user","name":"n","content":"""
        + """[{"type":"text","text":"b"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function","function":"""
        + """{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"i","content":"r"},{"role":"user","content":"c"}]"""
        + ""","reasoning_effort":"low","tool_choice":"auto","response_format":{"type":"text"}}""")]
    [TestCase(
        "responses",
        """{"model":"o3","instructions":"a","input":[{"role":"user","content":[{"type":"input_text","text":"b"}]},"""
        + """{"type":"function_call","call_id":"i","name":"f","arguments":"{}"},"""
        + """{"type":"function_call_output","call_id":"i","output":"r"},"""
        + """{"type":"message","role":"user","content":"c"}],"reasoning":{"effort":"low","summary":"auto"},"metadata":{"k":"v"}}""")]
    [TestCase(
        "messages",
        """{"model":"o3","max_tokens":5,"system":[{"type":"text","text":"a"}],"stop_sequences":["s"],"messages":["""
        + """{"role":"user","content":[{"type":"text","text":"b"}]},"""
        + """{"role":"assistant","content":[{"type":"tool_use","id":"i","name":"f","input":{"k":"v"}}]},"""
        + """{"role":"user","content":[{"type":"tool_result","tool_use_id":"i","content":"r"}]}],"thinking":{"type":"disabled"}}""")]
    [TestCase(
        "google/generate",
        """{"model":"o3","systemInstruction":{"parts":[{"text":"a"}]},"contents":[{"role":"user","parts":[{"text":"b"}]},"""
        + """{"role":"model","parts":[{"functionCall":{"id":"i","name":"f","args":{"k":"v"}}}]},{"role":"user","parts":["""
        + """{"functionResponse":{"id":"i","name":"f","response":{"k":"v"}}}]}]"""
        + ""","generationConfig":{"stopSequences":["s"],"responseMimeType":"text/plain"}}""")]
    public async Task Text_OfAnyField_ThatIsNoUnicode_IsNeverA500(string path, string json)
    {
        foreach (var place in JsonText().Matches(json).Select(match => match.Index + 1))
        {
            foreach (var odd in (string[])["\u00ff", "\u00c3", "\\ud800", "\\u0000"])
            {
                using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(json.Insert(place, odd)));
                using var response = await _broker.Http.PostAsync(path, content).DefaultTimeout();

                // Refused, or passed over as what we do not know: then there is no tunnel to send it to.
                var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
                Assert.That((int)response.StatusCode, Is.AnyOf(400, 404, 503), $"{json.Insert(place, odd)}: {body}");
                Assert.That(body, Does.Contain("\"error\""));
            }
        }
    }

    /// <summary>The whole answer to a request with these headers and this body.</summary>
    private async Task<string> SendAsync(string rest)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _broker.Addresses.Http.Port).DefaultTimeout();
        var head = $"POST /api/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_broker.Key}\r\n"
            + "Connection: close\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + rest)).AsTask().DefaultTimeout();
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync().DefaultTimeout();
    }

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex JsonText();
}
