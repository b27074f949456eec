using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api.Counting;

/// <summary>The vendors' ways to ask what a request comes to. No tunnel is there: none is needed.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TokenCountTests
{
    private const string Hello = "\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}]";
    private const string Contents = "\"contents\":[{\"parts\":[{\"text\":\"hello world\"}]}]";
    private const string Picture =
        """{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}""";

    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    // Two of the text, four of its message, three of the answer's beginning.
    [TestCase("responses/input_tokens", """{"model":"gpt-5.1-mini","input":"hello world"}""",
        "{\"input_tokens\":9,\"object\":\"response.input_tokens\"}")]
    [TestCase("responses/input_tokens", """{"input":"hello world"}""", "{\"input_tokens\":9,\"object\":\"response.input_tokens\"}")]
    [TestCase("responses/input_tokens", """{"model":"o3","input":"hello world","instructions":"hello world"}""",
        "{\"input_tokens\":15,\"object\":\"response.input_tokens\"}")]
    [TestCase("messages/count_tokens", "{\"model\":\"gpt-5.1-mini\"," + Hello + "}", "{\"input_tokens\":9}")]
    [TestCase("v1/messages/count_tokens?beta=true", "{\"model\":\"openai/gpt-5.1-mini\"," + Hello + "}", "{\"input_tokens\":9}")]
    [TestCase("v1beta/models/gpt-5.1-mini:countTokens", "{" + Contents + "}",
        "{\"totalTokens\":9,\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":9}]}")]
    [TestCase("models/openai%2Fgpt-5.1-mini:countTokens", "{" + Contents + "}",
        "{\"totalTokens\":9,\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":9}]}")]
    public async Task Post_TextForAModelOfOpenAis_IsCounted(string path, string body, string expected)
    {
        using var response = await _broker.PostAsync(path, body);

        Assert.Multiple(async () =>
        {
            Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Is.EqualTo(expected));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(response.Headers.Contains("x-polydev-estimated"), Is.False);
        });
    }

    // 11 bytes of text are 3 tokens, and 4 are the message's; with the system's 11, 6.
    [TestCase("messages/count_tokens", "{\"model\":\"claude-opus-4-6\"," + Hello + "}", "{\"input_tokens\":7}", "input_tokens")]
    [TestCase("messages/count_tokens", "{\"model\":\"claude-opus-4-6\",\"system\":\"hello world\"," + Hello + "}",
        "{\"input_tokens\":10}", "input_tokens")]
    [TestCase("responses/input_tokens", """{"model":"gemini-2.5-pro","input":"hello world"}""",
        "{\"input_tokens\":7,\"object\":\"response.input_tokens\"}", "input_tokens")]
    [TestCase("v1/models/gemini-2.5-pro:countTokens", "{" + Contents + "}",
        "{\"totalTokens\":7,\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":7}]}", "totalTokens")]
    [TestCase("v1/models/gemini-2.5-pro:countTokens",
        "{\"generateContentRequest\":{\"model\":\"models/gemini-2.5-pro\"," + Contents + "}}",
        "{\"totalTokens\":7,\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":7}]}", "totalTokens")]
    public async Task Post_ForAModelOfOthers_IsEstimatedAndSaysSo(string path, string body, string expected, string estimated)
    {
        using var response = await _broker.PostAsync(path, body);

        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Is.EqualTo(expected));
        Assert.That(response.Headers.GetValues("x-polydev-estimated"), Is.EqualTo(new[] { estimated }));
    }

    [TestCase("gpt-5.1-mini", "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]")]
    [TestCase("claude-opus-4-6", "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]")]
    [TestCase("gpt-5.1-mini",
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello world\"}," + Picture + "]}]")]
    public async Task Post_ToolsAndPictures_AreInTheEstimate(string model, string more)
    {
        var with = more.Contains("messages", StringComparison.Ordinal) ? more : $"{Hello},{more}";
        using var bare = await _broker.PostAsync("messages/count_tokens", $$"""{"model":"{{model}}",{{Hello}}}""");
        using var response = await _broker.PostAsync("messages/count_tokens", $$"""{"model":"{{model}}",{{with}}}""");

        Assert.That(await CountAsync(response), Is.GreaterThan(await CountAsync(bare)));
        Assert.That(response.Headers.GetValues("x-polydev-estimated"), Is.EqualTo(new[] { "input_tokens" }));
    }

    [TestCase("responses/input_tokens", """{"input":5}""", "\"param\":\"input\"")]
    [TestCase("responses/input_tokens", """{"model":"a b","input":"x"}""", "\"error\":{")]
    [TestCase("messages/count_tokens", """{"model":"claude-opus-4-6","messages":[]}""", "\"type\":\"invalid_request_error\"")]
    [TestCase("messages/count_tokens", "{\"model\":\"claude-opus-4-6\"", "\"type\":\"invalid_request_error\"")]
    [TestCase("v1beta/models/gemini-2.5-pro:countTokens", "{}", "\"status\":\"INVALID_ARGUMENT\"")]
    public async Task Post_BadBody_IsTheVendorsError(string path, string body, string mark)
    {
        using var response = await _broker.PostAsync(path, body);

        Assert.That((int)response.StatusCode, Is.InRange(400, 404));
        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain(mark));
    }

    [TestCase("messages/count_tokens", "\"type\":\"authentication_error\"")]
    [TestCase("responses/input_tokens", "\"code\":\"invalid_api_key\"")]
    [TestCase("v1/models/gemini-2.5-pro:countTokens", "\"status\":\"UNAUTHENTICATED\"")]
    public async Task Post_WithoutAKey_IsTheVendors401(string path, string mark)
    {
        _broker.Http.DefaultRequestHeaders.Authorization = null;

        using var response = await _broker.PostAsync(path, "{}");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain(mark));
    }

    [Test]
    public async Task Post_ManyTimes_CostsTheKeyNothing()
    {
        var request = new CredentialRequest
        {
            Kind = CredentialKind.ApiKey,
            AccountId = Account.OwnerId,
            Name = "limited",
            Limits = new KeyLimits(1, null, null),
        };
        var key = await _broker.Services.GetRequiredService<CredentialIssuer>().IssueAsync(request, CancellationToken.None);
        _broker.Http.DefaultRequestHeaders.Authorization = new("Bearer", key.Secret.Reveal());

        for (var call = 0; call < 3; call++)
        {
            using var response = await _broker.PostAsync("responses/input_tokens", """{"input":"hello"}""");
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(response.Headers.GetValues("x-ratelimit-remaining-requests"), Is.EqualTo(new[] { "1" }));
        }
    }

    private static async Task<int> CountAsync(HttpResponseMessage response)
    {
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync().DefaultTimeout())!;
        return (int)body["input_tokens"]!;
    }
}
