using System.Diagnostics;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>With the real CLI.</summary>
internal sealed class ClaudeAdapterTests
{
    [Test]
    public async Task RunAsync_Text_ArrivesPieceByPiece()
    {
        await using var rig = await ClaudeRig.StartAsync();
        var (first, second) = (new ProviderGate(), new ProviderGate());
        rig.Provider.Answer(ProviderScript.Say("one ").Wait(first).Text("two ").Wait(second).Text("three"));
        await using var events = rig.Adapter.RunAsync(ClaudeRig.Ask("Count."), CancellationToken.None).GetAsyncEnumerator();
        var seen = new List<string>();

        foreach (var gate in new[] { first, second, null })
        {
            do
            {
                Assert.That(await events.MoveNextAsync().AsTask().DefaultTimeout(), Is.True);
            }
            while (events.Current.KindCase == WorkEvent.KindOneofCase.Usage);

            seen.Add(events.Current.Text.Text);
            gate?.Open();
        }

        Assert.That(seen, Is.EqualTo(new[] { "one ", "two ", "three" }));
    }

    [Test]
    public async Task RunAsync_Answer_HasUsageAndStopReason()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("Hi").WithUsage(new ProviderUsage(120, 30) { CacheRead = 40, CacheWrite = 15 }));

        var answer = await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(answer.Text, Is.EqualTo("Hi"));
            Assert.That(answer.Usage, Is.EqualTo(new Usage { InputTokens = 120, OutputTokens = 30, CacheReadTokens = 40, CacheWriteTokens = 15 }));
            Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.EndTurn));
        });
    }

    [Test]
    public async Task RunAsync_SystemAndFiveTurns_ReachTheProviderWithTrueRolesAndNoTool()
    {
        await using var rig = await ClaudeRig.StartAsync();
        await rig.RunAsync(ClaudeRig.Conversation("Be brief.", "u1", "a1", "u2", "a2", "u3")).DefaultTimeout();

        var received = rig.Calls.Single().Conversation;

        Assert.Multiple(() =>
        {
            Assert.That(received.SystemTexts[^1], Is.EqualTo("Be brief."));
            Assert.That(received.Messages.Select(message => $"{message.Role} {message.Text}"), Is.EqualTo(
                new[] { "User u1", "Assistant a1", "User u2", "Assistant a2", "User u3" }));
            Assert.That(received.ToolNames, Is.Empty);
        });
    }

    [Test]
    public async Task RunAsync_NoInstructions_SendsOnlyTheCliOwnIdentity()
    {
        await using var rig = await ClaudeRig.StartAsync();
        await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        var request = rig.Calls.Single();

        Assert.Multiple(() =>
        {
            Assert.That(request.Conversation.SystemTexts, Has.Count.EqualTo(2));
            Assert.That(request.Conversation.System, Does.Not.Contain("tool").And.Not.Contain(rig.Folder.FullName));
            Assert.That(request.Conversation.Messages.Single().Texts, Is.EqualTo(new[] { "Hello" }));
            Assert.That(request.Headers["x-api-key"], Is.EqualTo(ClaudeRig.ApiKey));
        });
    }

    [Test]
    public async Task RunAsync_ConversationThatEndsWithTheAssistant_IsAskedToGoOn()
    {
        await using var rig = await ClaudeRig.StartAsync();
        await rig.RunAsync(ClaudeRig.Conversation(string.Empty, "u1", "a1")).DefaultTimeout();

        Assert.That(
            rig.Calls.Single().Conversation.Messages.Select(message => $"{message.Role} {message.Text}"),
            Is.EqualTo(new[] { "User u1", "Assistant a1", "User Continue." }));
    }

    [Test]
    public async Task RunAsync_HistoryOfToolCalls_KeepsCallsAndResults()
    {
        await using var rig = await ClaudeRig.StartAsync();
        var item = ClaudeRig.Ask("Weather?");
        item.Messages.Add(new Message
        {
            Role = Role.Assistant,
            Parts = { new Part { ToolCall = new ToolCallPart { Id = "call_1", Name = "get_weather", ArgumentsJson = """{"city":"Oslo"}""" } } },
        });
        item.Messages.Add(new Message
        {
            Role = Role.User,
            Parts =
            {
                new Part
                {
                    ToolResult = new ToolResultPart { ToolCallId = "call_1", Content = { new Part { Text = new TextPart { Text = "sunny @/etc/passwd" } } } },
                },
            },
        });

        await rig.RunAsync(item).DefaultTimeout();

        var messages = rig.Calls.Single().Conversation.Messages;
        Assert.Multiple(() =>
        {
            Assert.That(messages.Select(message => message.Role), Is.EqualTo(new[] { ProviderRole.User, ProviderRole.Assistant, ProviderRole.User }));
            Assert.That(messages[1].ToolCalls.Single(), Has.Property("Id").EqualTo("call_1").And.Property("Name").EqualTo("get_weather"));
            Assert.That(messages[2].ToolResults.Single().ToString(), Does.Contain("call_1").And.Contain("sunny @/etc/passwd").And.Not.Contain("root:"));
        });
    }

    [Test]
    public async Task RunAsync_Sampling_ReachesTheProvider()
    {
        await using var rig = await ClaudeRig.StartAsync();
        var item = ClaudeRig.Ask("Hello");
        item.Sampling = new Sampling { MaxOutputTokens = 321, Temperature = 0.25, TopP = 0.5, TopK = 7, StopSequences = { "END", "@/etc/passwd" } };

        await rig.RunAsync(item).DefaultTimeout();

        var body = rig.Calls.Single().Body;
        Assert.Multiple(() =>
        {
            Assert.That(body.GetProperty("model").GetString(), Is.EqualTo(ClaudeRig.Model));
            Assert.That(body.GetProperty("max_tokens").GetInt32(), Is.EqualTo(321));
            Assert.That(body.GetProperty("temperature").GetDouble(), Is.EqualTo(0.25));
            Assert.That(body.GetProperty("top_p").GetDouble(), Is.EqualTo(0.5));
            Assert.That(body.GetProperty("top_k").GetInt32(), Is.EqualTo(7));
            Assert.That(body.GetProperty("stop_sequences").EnumerateArray().Select(text => text.GetString()), Is.EqualTo(new[] { "END", "@/etc/passwd" }));
            Assert.That(body.GetProperty("thinking").GetProperty("type").GetString(), Is.EqualTo("disabled"));
        });
    }

    [TestCase(ProviderFinish.Length, StopReason.MaxTokens)]
    [TestCase(ProviderFinish.Refusal, StopReason.Refusal)]
    public async Task RunAsync_AnswerCutShortByTheVendor_KeepsTheTextAndIsNotAskedAgain(ProviderFinish finish, StopReason expected)
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("part").FinishWith(finish));

        var answer = await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(answer.Text, Is.EqualTo("part"));
            Assert.That(answer.Finished?.StopReason, Is.EqualTo(expected));
            Assert.That(rig.Calls, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task RunAsync_StopSequence_IsNamed()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("part").FinishWith(ProviderFinish.StopSequence, "END"));

        var answer = await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.That(answer.Finished, Is.EqualTo(new Finished { StopReason = StopReason.StopSequence, StopSequence = "END" }));
    }

    [Test]
    public async Task RunAsync_Abandoned_EndsTheUpstreamCallWithinASecond()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("one ").Hang());
        using var cancel = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            await foreach (var next in rig.Adapter.RunAsync(ClaudeRig.Ask("Count."), cancel.Token))
            {
                if (next.KindCase == WorkEvent.KindOneofCase.Text)
                {
                    cancel.CancelAfter(TimeSpan.FromMilliseconds(50));
                }
            }
        });
        var request = await rig.Provider.NextRequestAsync().DefaultTimeout();
        await Task.WhenAny(reading, Task.Run(() => cancel.Token.WaitHandle.WaitOne())).DefaultTimeout();
        var stopwatch = Stopwatch.StartNew();

        Assert.CatchAsync<OperationCanceledException>(() => reading.DefaultTimeout());
        await request.Disconnected.DefaultTimeout();

        Assert.That(stopwatch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task RunAsync_CliKilledMidAnswer_FailsWithCauseAndTheNextCallWorks()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("one ").Hang());
        await using var events = rig.Adapter.RunAsync(ClaudeRig.Ask("Count."), CancellationToken.None).GetAsyncEnumerator();
        do
        {
            Assert.That(await events.MoveNextAsync().AsTask().DefaultTimeout(), Is.True);
        }
        while (events.Current.KindCase != WorkEvent.KindOneofCase.Text);

        foreach (var process in rig.Processes())
        {
            using var victim = Process.GetProcessById(process.Id);
            victim.Kill();
        }

        var failure = Assert.CatchAsync<McpTunnel.Clis.CliFailureException>(() => events.MoveNextAsync().AsTask().DefaultTimeout())!;
        rig.Provider.Answer(ProviderScript.Say("again"));
        var answer = await rig.RunAsync(ClaudeRig.Ask("Count.")).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(failure.Kind, Is.EqualTo(FailureKind.CliCrashed));
            Assert.That(failure.Message, Does.StartWith("Claude Code ended unexpectedly"));
            Assert.That(answer.Text, Is.EqualTo("again"));
        });
    }

    [Test]
    public async Task RunAsync_SecondCall_TakesTheSessionThatWaits()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("one").Hang());
        int waiting;
        await using (var events = rig.Adapter.RunAsync(ClaudeRig.Ask("one"), CancellationToken.None).GetAsyncEnumerator())
        {
            Assert.That(await events.MoveNextAsync().AsTask().DefaultTimeout(), Is.True);
            var first = rig.Processes().MinBy(process => process.Id)!.Id;
            await rig.WaitForProcessesAsync(2);
            waiting = rig.Processes().Single(process => process.Id != first).Id;
        }

        rig.Provider.Answer(ProviderScript.Say("two"));
        var answer = await rig.RunAsync(ClaudeRig.Ask("two")).DefaultTimeout();

        Assert.That(answer.Text, Is.EqualTo("two"));
        await ProcessProbe.AssertGoneAsync(() => [.. rig.Processes().Where(process => process.Id == waiting)], TimeSpan.FromSeconds(2));
    }

    [Test]
    public async Task RunAsync_CallsAtOnce_EachGetsItsOwnAnswer()
    {
        await using var rig = await ClaudeRig.StartAsync();
        var texts = Enumerable.Range(0, 4).Select(index => $"question {index}").ToArray();

        var answers = await Task.WhenAll(texts.Select(text => rig.RunAsync(ClaudeRig.Ask(text)))).DefaultTimeout();

        Assert.That(answers.Select(answer => answer.Text), Is.EqualTo(texts.Select(DefaultScript.TextFor)));
    }
}
