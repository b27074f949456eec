using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Tools;

/// <summary>
/// The loop of three rounds of two calls as users write it: by what the official SDKs and the frameworks have for it, which run the tools
/// by themselves: in JavaScript whole on Codex and streamed on another CLI, in .NET both ways on all three.
/// </summary>
internal sealed class ToolRunnerTests
{
    private const string Question = "How is the weather?";
    private const string Result = "rain";
    private const string Answer = "It rains in Rome.";
    private const int Rounds = 3;

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(TunnelBuild.Managed);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task JavaScript_RunnerOfThreeRounds_RunsWhatTheModelCalls(
        [Values(
            "openai", "anthropic", "google", "vercel-openai", "vercel-responses", "vercel-anthropic", "vercel-google", "langchain-openai",
            "langchain-anthropic", "langchain-google")] string runner,
        [Values] bool stream)
    {
        var model = (stream, runner.EndsWith("google", StringComparison.Ordinal)) switch
        {
            (false, _) => "gpt-5.3-codex",
            (true, true) => "gemini-2.5-flash",
            (true, false) => "claude-opus-4-6",
        };
        await RunAsync(runner, stream, model);
    }

    [Test]
    public async Task DotNet_FunctionInvocationOfThreeRounds_RunsWhatTheModelCalls(
        [Values("gpt-5.3-codex", "claude-opus-4-6", "gemini-2.5-flash")] string model, [Values] bool stream)
    {
        var ran = new List<string>();
        using var client = new OpenAIClient(
                new ApiKeyCredential(_stack.Key),
                new OpenAIClientOptions { Endpoint = new Uri(_stack.ApiBase), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) })
            .GetChatClient(model).AsIChatClient().AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions
        {
            Tools =
            [
                AIFunctionFactory.Create((string city) => Ran("get_weather", new { city }), "get_weather", "Tells the weather."),
                AIFunctionFactory.Create((string command) => Ran("Bash", new { command }), "Bash", "Runs a command at the caller's."),
            ],
        };
        var prefix = ToolLoopTests.PrefixOf(model);
        var asked = Script(prefix);

        var text = stream
            ? (await client.GetStreamingResponseAsync(Question, options).ToChatResponseAsync()).Messages[^1].Text
            : (await client.GetResponseAsync(Question, options)).Messages[^1].Text;

        AssertRan(text, ran, asked, prefix, keepsIds: true);

        string Ran(string name, object arguments)
        {
            ran.Add(JsonSerializer.Serialize(new { name, arguments }));
            return Result;
        }
    }

    private async Task RunAsync(string runner, bool stream, string model)
    {
        var prefix = ToolLoopTests.PrefixOf(model);
        var asked = Script(prefix);
        var order = new
        {
            runner,
            baseUrl = _stack.ApiBase,
            key = _stack.Key,
            model,
            stream,
            tools = ToolLoopTests.Offered,
            result = Result,
        };
        await using var loop = RunningProgram.StartScript("Tools/runners.mjs", order);

        var text = JsonSerializer.Deserialize<string>((await loop.LineWithAsync("done "))["done ".Length..]);

        // LangChain for Google leaves the ids out, as that API allows: they are then made here.
        var ran = loop.Output.Split('\n')
            .Where(line => line.StartsWith("ran ", StringComparison.Ordinal))
            .Select(line => line["ran ".Length..]);
        AssertRan(text, ran, asked, prefix, keepsIds: runner != "langchain-google");
    }

    /// <returns>How often the vendor was asked before.</returns>
    private int Script(string prefix)
    {
        _stack.Provider.Script = request => ToolLoopTests.Round(request) > Rounds
            ? ProviderScript.Say(Answer)
            : ProviderScript.Say("Let me look.")
                .ToolCall($"{prefix}get_weather", """{"city":"Rome"}""", ToolLoopTests.Ids(ToolLoopTests.Round(request))[0])
                .ToolCall($"{prefix}Bash", """{"command":"ls"}""", ToolLoopTests.Ids(ToolLoopTests.Round(request))[1]);
        return _stack.Provider.CallCount;
    }

    private void AssertRan(string? text, IEnumerable<string> ran, int asked, string prefix, bool keepsIds)
    {
        var last = _stack.Provider.Requests[^1].Conversation;
        var calls = last.Messages.SelectMany(message => message.ToolCalls).ToList();
        var ids = keepsIds
            ? Enumerable.Range(1, Rounds).SelectMany(ToolLoopTests.Ids).ToList()
            : calls.Select(call => call.Id).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(text, Is.EqualTo(Answer));
            Assert.That(
                ran.Order(),
                Is.EqualTo(Enumerable.Repeat("""{"name":"Bash","arguments":{"command":"ls"}}""", Rounds)
                    .Concat(Enumerable.Repeat("""{"name":"get_weather","arguments":{"city":"Rome"}}""", Rounds))));
            Assert.That(ids, Is.Unique.And.Count.EqualTo(2 * Rounds));
            Assert.That(_stack.Provider.CallCount - asked, Is.EqualTo(Rounds + 1), "the vendor is asked once for each request");
            Assert.That(
                calls.Select(call => (call.Id, call.Name)),
                Is.EqualTo(ids.Select((id, index) => (id, prefix + (index % 2 == 0 ? "get_weather" : "Bash")))));
            Assert.That(last.Messages.SelectMany(message => message.ToolResults).Select(result => result.CallId), Is.EqualTo(ids));
        });
    }
}
