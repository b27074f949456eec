using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Json;
using System.Text.Json;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Responses;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// A key's limits through the official SDKs with their retries on: the second call of a key that has one is refused in the SDK's own class,
/// without a wait. And no count is lost with a broker that is killed.
/// </summary>
public sealed class LimitTests
{
    private const string Refusal = "the key's 1 calls of this month are used up until ";

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp()
    {
        _stack = await Stack.StartBrokerOnlyAsync();
        _stack.WithoutClis();
        await _stack.StartTunnelAsync();
    }

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [TestCase("openai-chat", "RateLimitError")]
    [TestCase("openai-responses", "RateLimitError")]
    [TestCase("anthropic", "RateLimitError")]
    [TestCase("gemini", "ApiError")]
    public async Task JavaScript_LimitReached_IsRefusedInItsOwnClassAtOnce(string sdk, string name)
    {
        var key = await _stack.CreateAsync("key", "--per-month", "1");
        var order = new { sdk, baseUrl = _stack.ApiBase, key, model = KnownModels.Echo };
        await using var node = RunningProgram.StartScript("Calls/limited.mjs", order);

        var refused = JsonDocument.Parse((await node.LineWithAsync("refused "))["refused ".Length..]).RootElement;

        Assert.Multiple(() =>
        {
            Assert.That(refused.GetProperty("name").GetString(), Is.EqualTo(name));
            Assert.That(refused.GetProperty("status").GetInt32(), Is.EqualTo(429));
            Assert.That(refused.GetProperty("message").GetString(), Does.Contain(Refusal));
            Assert.That(refused.GetProperty("requests").GetInt32(), Is.EqualTo(1));
        });
    }

    // OpenAI's .NET SDK does not know x-should-retry: it asks three times more, as it does at OpenAI, and sleeps no longer than there.
    [TestCase("openai-chat", 4)]
    [TestCase("openai-responses", 4)]
    [TestCase("anthropic", 1)]
    public async Task DotNet_LimitReached_IsRefusedInItsOwnClassSoon(string sdk, int requests)
    {
        var key = await _stack.CreateAsync("key", "--per-month", "1");
        using var counted = new CountedRequests();
        using var http = new HttpClient(counted);
        var call = CallOf(sdk, key, http);
        await call().DefaultTimeout();
        var before = counted.Requests;

        var refused = Assert.CatchAsync(() => call().DefaultTimeout())!;

        Assert.That(refused.Message, Does.Contain(Refusal));
        Assert.That(counted.Requests - before, Is.EqualTo(requests));
        if (sdk == "anthropic")
        {
            Assert.That(refused, Is.TypeOf<AnthropicRateLimitException>());
        }
        else
        {
            Assert.That((refused as ClientResultException)?.Status, Is.EqualTo(429));
        }
    }

    [Test]
    public async Task Broker_KilledUnderLoad_LosesNoCount([Values] bool isLimited) =>
        await KillUnderLoadAsync(_stack, isLimited ? ["--per-month", "100000"] : []);

    [Test]
    public async Task Broker_KilledUnderLoadOnPostgres_LosesNoCount()
    {
        var database = PostgresServer.CreateDatabase();
        await using (var stack = await Stack.StartBrokerOnlyAsync(new Dictionary<string, string> { ["POLYDEV_DATABASE"] = database }))
        {
            stack.WithoutClis();
            await stack.StartTunnelAsync();
            await KillUnderLoadAsync(stack, ["--per-month", "100000"]);
        }

        PostgresServer.DropDatabase(database);
    }

    private static async Task KillUnderLoadAsync(Stack stack, string[] limits)
    {
        var key = await stack.CreateAsync("key", limits);
        using var client = stack.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        var (sent, answered) = (0, 0);
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var callers = Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                while (true)
                {
                    Interlocked.Increment(ref sent);
                    var question = new { model = KnownModels.Echo, messages = new[] { ChatCall.User("hello") } };
                    using var answer = await client.PostAsJsonAsync("chat/completions", question);
                    answer.EnsureSuccessStatusCode();
                    if (Interlocked.Increment(ref answered) == 200)
                    {
                        enough.SetResult();
                    }
                }
            }
            catch (HttpRequestException)
            {
                // The broker is gone.
            }
        }).ToList();
        await enough.Task.DefaultTimeout();

        stack.Broker.Kill();
        await Task.WhenAll(callers).DefaultTimeout();
        await stack.Broker.DisposeAsync();
        await stack.StartBrokerAsync(stack.BrokerAddress);

        using var after = stack.CreateClient();
        after.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var status = JsonDocument.Parse(await after.GetStringAsync("status"));
        var used = status.RootElement.GetProperty("limits")[2].GetProperty("used").GetInt32();
        Assert.That(used, Is.InRange(answered, sent));
        await stack.OnlineAsync();
    }

    private Func<Task> CallOf(string sdk, string key, HttpClient http)
    {
        switch (sdk)
        {
            case "openai-chat":
                var chat = OpenAi(key, http).GetChatClient(KnownModels.Echo);
                return () => chat.CompleteChatAsync("hello");
            case "openai-responses":
                var responses = OpenAi(key, http).GetResponsesClient();
                return () => responses.CreateResponseAsync(KnownModels.Echo, "hello");
            default:
                var anthropic = new AnthropicClient { ApiKey = key, BaseUrl = _stack.ApiBase, HttpClient = http };
                return () => anthropic.Messages.Create(new MessageCreateParams
                {
                    Model = KnownModels.Echo,
                    MaxTokens = 100,
                    Messages = [new UserMessageParam { Content = "hello" }],
                });
        }
    }

    private OpenAIClient OpenAi(string key, HttpClient http) => new(
        new ApiKeyCredential(key),
        new OpenAIClientOptions { Endpoint = new Uri(_stack.ApiBase), Transport = new HttpClientPipelineTransport(http) });

    private sealed class CountedRequests() : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _requests;

        public int Requests => _requests;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _requests);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
