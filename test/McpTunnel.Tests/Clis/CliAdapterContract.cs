using System.Text.Json;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Work;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>What is true of every adapter of a real CLI, with a vendor behind it that can fail.</summary>
[Category("Cli")]
public abstract class CliAdapterContract : AdapterContract
{
    private protected CliRig Rig { get; private set; } = null!;

    /// <summary>For each feature that the CLI honours: where it stands in the request to the vendor, and as what.</summary>
    private protected abstract Dictionary<string, (string Path, string Json)> Honoured { get; }

    /// <summary>Of the caller's tools, and of what else has tests of its own: answers, pictures, and thoughts in a history.</summary>
    private protected virtual string[] HonouredOfTools => [];

    /// <summary>What the adapter puts before a conversation that begins with the assistant, where its CLI cannot be given one.</summary>
    private protected virtual string[] BeforeAnAssistant => [];

    [TestCase(400, "something is wrong", FailureKind.InvalidRequest)]
    [TestCase(401, "invalid credentials", FailureKind.NotLoggedIn)]
    [TestCase(403, "permission denied", FailureKind.NotLoggedIn)]
    [TestCase(404, "models/it is not found", FailureKind.UnknownModel)]
    [TestCase(408, "it took too long", FailureKind.Upstream)]
    [TestCase(413, "the request is too large", FailureKind.ContextTooLong)]
    [TestCase(422, "unprocessable", FailureKind.InvalidRequest)]
    [TestCase(429, "too many requests", FailureKind.RateLimited)]
    [TestCase(500, "an inner error", FailureKind.Upstream)]
    [TestCase(503, "try again later", FailureKind.Overloaded)]
    [TestCase(504, "the gateway gave up", FailureKind.Upstream)]
    [TestCase(529, "overloaded", FailureKind.Overloaded)]
    public void RunAsync_VendorsStatus_IsThatFailure(int status, string words, FailureKind kind)
    {
        Provider.Script = _ => ProviderScript.Fail(status, words);

        var failure = Rig.Fails(Ask("hello"));

        Assert.Multiple(() =>
        {
            Assert.That(failure.Kind, Is.EqualTo(kind), failure.Message);
            Assert.That(failure.VendorStatus, Is.EqualTo(status), failure.Message);
            Assert.That(failure.Message, Is.Not.Empty.And.Not.Contain("127.0.0.1"));
        });
    }

    [Test]
    public async Task RunAsync_Text_ArrivesPieceByPiece()
    {
        var (first, second) = (new ProviderGate(), new ProviderGate());
        Provider.Answer(ProviderScript.Say("one ").Wait(first).Text("two ").Wait(second).Text("three"));
        await using var events = Adapter.RunAsync(Ask("Count."), CancellationToken.None).GetAsyncEnumerator();
        var seen = new List<string>();

        foreach (var gate in new[] { first, second, null })
        {
            await MoveToTextAsync(events);
            seen.Add(events.Current.Text.Text);
            gate?.Open();
        }

        Assert.That(seen, Is.EqualTo(new[] { "one ", "two ", "three" }));
    }

    [Test]
    public async Task RunAsync_Conversation_ReachesTheVendorWithTrueRolesAndNoTool()
    {
        var item = Talk("u1", "a1", "u2", "a2", "u3");
        item.Instructions = "Be brief.";
        await Rig.RunAsync(item).DefaultTimeout();

        var received = Rig.Calls.Single().Conversation;

        Assert.Multiple(() =>
        {
            Assert.That(received.SystemTexts[^1], Is.EqualTo("Be brief."));
            Assert.That(Written(received), Is.EqualTo(new[] { "User u1", "Assistant a1", "User u2", "Assistant a2", "User u3" }));
            Assert.That(received.ToolNames, Is.Empty);
        });
    }

    [Test]
    public async Task RunAsync_AssistantFirst_IsAskedAllTheSame()
    {
        var item = Talk("u1", "a1", "u2");
        item.Messages.RemoveAt(0);
        await Rig.RunAsync(item).DefaultTimeout();

        Assert.That(Written(Rig.Calls.Single().Conversation), Is.EqualTo((string[])[.. BeforeAnAssistant, "Assistant a1", "User u2"]));
    }

    [Test]
    public async Task RunAsync_AnswerOfUnsignedThoughtsAlone_IsLeftOut()
    {
        var item = Talk("u1", "a1", "u2");
        item.Messages[1] = CliRig.Message(Role.Assistant, new Part { Thinking = new ThinkingPart { Text = "of another vendor" } });
        await Rig.RunAsync(item).DefaultTimeout();

        var received = Rig.Calls.Single();

        Assert.That(received.Body.GetRawText(), Does.Not.Contain("of another vendor"));
        Assert.That(string.Concat(received.Conversation.Messages.Select(message => message.Text)), Does.Contain("u1").And.Contain("u2"));
    }

    [Test]
    public async Task RunAsync_ToolCallInTheHistory_KeepsItsForm()
    {
        const string Pretty = "{\n  \"city\": \"Ro\u2028me\"\r\n}";
        await Rig.RunAsync(CliRig.WithToolCall(Ask("Weather?"), Pretty, "/rain @/etc/passwd", isAnswered: true)).DefaultTimeout();

        var messages = Rig.Calls.Single().Conversation.Messages;

        Assert.Multiple(() =>
        {
            Assert.That(messages.SelectMany(message => message.ToolCalls).Single().Name, Is.EqualTo("get_weather"));
            Assert.That(messages.SelectMany(message => message.ToolCalls).Single().ToString(), Does.Contain("city"));
            Assert.That(
                messages.SelectMany(message => message.ToolResults).Single().Text,
                Does.Contain("/rain @/etc/passwd").And.Not.Contain("root:"));
            Assert.That(messages[^1].Text, Is.EqualTo("Thanks."));
        });
    }

    [Test]
    public async Task RunAsync_EndsWithAToolResult_TheModelReadsIt()
    {
        await Rig.RunAsync(CliRig.WithToolCall(Ask("Weather?"), """{"city":"Rome"}""", "rain", isAnswered: false)).DefaultTimeout();

        var received = Rig.Calls.Single();

        Assert.That(received.Conversation.ToolNames, Is.Empty);
        Assert.That(received.Body.GetRawText(), Does.Contain("get_weather").And.Contain("Rome").And.Contain("rain"));
    }

    [Test]
    public async Task DetectAsync_Honours_WhatReachesTheVendor()
    {
        var info = await Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
        var item = Ask("hello");
        item.Sampling = new Sampling
        {
            MaxOutputTokens = 4321,
            Temperature = 0.25,
            TopP = 0.5,
            TopK = 7,
            StopSequences = { "END", "@/etc/passwd", "\n" },
            Seed = 3,
        };
        item.Thinking = new ThinkingControl { Enabled = true, BudgetTokens = 2000, IncludeThoughts = true };
        await Rig.RunAsync(item).DefaultTimeout();

        var body = Rig.Calls.Single().Body;

        Assert.That(
            info.Honours,
            Is.EquivalentTo(Honoured.Keys.Union([RequestFeatures.MaxOutputTokens, RequestFeatures.StopSequences]).Concat(HonouredOfTools)),
            "The tunnel does what the CLI does not.");
        Assert.Multiple(() =>
        {
            foreach (var (feature, (path, json)) in Honoured)
            {
                Assert.That(At(body, path), Is.EqualTo(json), feature);
            }
        });
    }

    [Test]
    public void RunAsync_StreamCut_FailsOnce()
    {
        Provider.Answer(ProviderScript.Say("half").Cut());

        var failure = Rig.Fails(Ask("hello"));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Upstream), failure.Message);
        Assert.That(Rig.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_Cancelled_EndsTheVendorsStreamWithinASecond()
    {
        Provider.Answer(ProviderScript.Say("half").Hang());
        using var cancel = new CancellationTokenSource();
        var running = RunAsync(Ask("hello"), cancel.Token);
        var request = await Provider.NextRequestAsync().DefaultTimeout();

        await cancel.CancelAsync();

        await request.Disconnected.Within(TimeSpan.FromSeconds(1));
        Assert.That(async () => await running.DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task RunAsync_LeftByItsReader_EndsTheVendorsStream()
    {
        Provider.Answer(ProviderScript.Say("half").Hang());
        await using (var events = Adapter.RunAsync(Ask("hello"), CancellationToken.None).GetAsyncEnumerator())
        {
            await MoveToTextAsync(events);
        }

        await Rig.Calls.Single().Disconnected.DefaultTimeout();
    }

    [Test]
    public async Task Run_StopThatTheCliIsNotGiven_EndsTheAnswerAndTheVendorsStream()
    {
        Provider.Answer(ProviderScript.Say("one\ntwo").Hang());
        var item = Ask("hello");
        item.Sampling = new Sampling { StopSequences = { "\n" } };

        var events = await StopScanner.Run(Adapter, item, CancellationToken.None).ToListAsync().AsTask().DefaultTimeout();

        Assert.That(string.Concat(events.Select(next => next.Text?.Text)), Is.EqualTo("one"));
        Assert.That(events[^1].Finished, Is.EqualTo(new Finished { StopReason = StopReason.StopSequence, StopSequence = "\n" }));
        await Rig.Calls.Single().Disconnected.DefaultTimeout();
    }

    [Test]
    public async Task Run_MoreThanTheLimitThatTheCliIsNotGiven_EndsTheAnswerAndTheVendorsStream()
    {
        if (Adapter.TakesMaxOutputTokens)
        {
            Assert.Pass($"{Adapter.Provider} takes it: see {nameof(DetectAsync_Honours_WhatReachesTheVendor)}.");
        }

        Provider.Answer(ProviderScript.Say("one two three").Hang());
        var item = Ask("hello");
        item.Sampling = new Sampling { MaxOutputTokens = 2 };

        var events = await LengthLimit.Run(Adapter, item, CancellationToken.None).ToListAsync().AsTask().DefaultTimeout();

        Assert.That(string.Concat(events.Select(next => next.Text?.Text)), Is.EqualTo("one two "));
        Assert.That(events[^1].Finished, Is.EqualTo(new Finished { StopReason = StopReason.MaxTokens }));
        await Rig.Calls.Single().Disconnected.DefaultTimeout();
    }

    [Test]
    public async Task RunAsync_CliKilledInItsAnswer_FailsAndTheNextCallWorks()
    {
        Provider.Answer(ProviderScript.Say("one ").Hang());
        await using var events = Adapter.RunAsync(Ask("hello"), CancellationToken.None).GetAsyncEnumerator();
        await MoveToTextAsync(events);

        ProcessProbe.Kill(Rig.Processes());

        var failure = Assert.CatchAsync<CliFailureException>(() => events.MoveNextAsync().AsTask().DefaultTimeout())!;
        Provider.Answer(ProviderScript.Say("again"));
        Assert.That(failure.Kind, Is.EqualTo(FailureKind.CliCrashed), failure.Message);
        Assert.That(failure.Message, Does.Not.Contain(Rig.Folder.FullName));
        Assert.That((await Rig.RunAsync(Ask("hello")).DefaultTimeout()).Text, Is.EqualTo("again"));
    }

    [Test]
    public async Task RunAsync_ToolCallOfTheModel_BreaksTheLock()
    {
        Provider.Script = _ => ProviderScript.Say("Let me see.").ToolCall("run_shell_command", """{"command":"true"}""");

        var failure = Rig.Fails(Ask("hello"));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.LockBroken), failure.Message);
        Provider.Answer(ProviderScript.Say("fine"));
        Assert.That((await RunAsync(Ask("hello")).DefaultTimeout())[^1].Finished, Is.Not.Null);
    }

    private protected sealed override async Task<AdapterUnderTest> StartAsync()
    {
        Rig = await StartRigAsync();
        return new AdapterUnderTest(Rig.Adapter, Rig.Provider, Rig);
    }

    private protected abstract Task<CliRig> StartRigAsync();

    private static async Task MoveToTextAsync(IAsyncEnumerator<WorkEvent> events)
    {
        do
        {
            Assert.That(await events.MoveNextAsync().AsTask().DefaultTimeout(), Is.True);
        }
        while (events.Current.KindCase != WorkEvent.KindOneofCase.Text);
    }

    private static IEnumerable<string> Written(Conversation conversation) =>
        conversation.Messages.Select(message => $"{message.Role} {message.Text}");

    private static string? At(JsonElement body, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (!body.TryGetProperty(name, out body))
            {
                return null;
            }
        }

        return body.GetRawText();
    }

    private WorkItem Talk(params string[] texts)
    {
        var item = Ask(texts[0]);
        item.Messages.Add(texts.Skip(1).Select(
            (text, index) => CliRig.Message(index % 2 == 0 ? Role.Assistant : Role.User, CliRig.Text(text))));
        return item;
    }
}
