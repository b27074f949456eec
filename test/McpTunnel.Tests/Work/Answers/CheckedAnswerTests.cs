using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Work.Answers;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Kind = Polydev.Protos.V1.WorkEvent.KindOneofCase;

namespace Polydev.McpTunnel.Tests.Work.Answers;

internal sealed class CheckedAnswerTests
{
    private const string Schema = """{"type":"object","required":["city"],"properties":{"city":{"type":"string","minLength":2}}}""";
    private const string Good = """{"city":"Oslo"}""";
    private const string Bad = """{"city":"O"}""";

    private readonly List<WorkItem> _asked = [];

    [SetUp]
    public void Forget() => _asked.Clear();

    [Test]
    public async Task Run_OfAnItemThatAsksForNothing_IsTheAdaptersOwn()
    {
        var adapter = FakeAdapter.Of(WorkEvents.Text("Hello"), WorkEvents.Finished(StopReason.EndTurn));

        var events = await CheckedAnswer.Run(adapter, new WorkItem(), CancellationToken.None).ToListAsync();

        Assert.That(events.Select(next => next.KindCase), Is.EqualTo((Kind[])[Kind.Text, Kind.Finished]));
    }

    [TestCase(true, false)]
    [TestCase(false, false)]
    [TestCase(false, true)]
    public async Task Run_ArgumentsThatFit_AreGivenOutAsked_Once(bool streamed, bool streamsArguments)
    {
        var events = await RunAsync(WithTool(streamed), streamsArguments, Call("t1", Good));

        Assert.That(_asked, Has.Count.EqualTo(1));
        Assert.That(Fold(events).ToolCalls.Single().ArgumentsJson, Is.EqualTo(Good));
    }

    [TestCase(true, false)]
    [TestCase(false, false)]
    [TestCase(false, true)]
    public async Task Run_ArgumentsThatDoNot_GoBackOnceAsTheResultOfThatCall(bool streamed, bool streamsArguments)
    {
        WorkEvent[] first =
            [WorkEvents.Text("Let me see."), .. Parts("t1", Good), .. Parts("t2", Bad), Used(3), WorkEvents.Finished(StopReason.ToolUse)];

        var events = await RunAsync(WithTool(streamed), streamsArguments, first, [.. Call("t3", Good, Used(4))]);

        var answer = Fold(events);
        Assert.Multiple(() =>
        {
            Assert.That(answer.ToolCalls.Select(call => call.Id), Is.EqualTo((string[])["t3"]));
            Assert.That(answer.Usage.OutputTokens, Is.EqualTo(7));
            Assert.That(answer.Text, Is.EqualTo(streamed ? "Let me see." : string.Empty));
            Assert.That(_asked, Has.Count.EqualTo(2));
        });
        var (said, results) = (_asked[1].Messages[^2], _asked[1].Messages[^1]);
        Assert.Multiple(() =>
        {
            Assert.That(_asked[1].Messages, Has.Count.EqualTo(_asked[0].Messages.Count + 2));
            Assert.That(said.Parts.Select(part => part.KindCase), Is.EqualTo(
                (Part.KindOneofCase[])[Part.KindOneofCase.Text, Part.KindOneofCase.ToolCall, Part.KindOneofCase.ToolCall]));
            Assert.That(results.Parts.Select(part => part.ToolResult.ToolCallId), Is.EqualTo((string[])["t1", "t2"]));
            Assert.That(results.Parts.All(part => part.ToolResult.IsError), Is.True);
            Assert.That(results.Parts[0].ToolResult.Content.Single().Text.Text, Does.StartWith("Not run"));
            Assert.That(results.Parts[1].ToolResult.Content.Single().Text.Text, Does.Contain("/city"));
        });
    }

    [Test]
    public void Run_ArgumentsThatNeverFit_FailWithPlaceAndWord()
    {
        var failure = Assert.ThrowsAsync<CliFailureException>(() => RunAsync(WithTool(false), false, Call("t1", Bad), Call("t2", Bad)));

        Assert.That(_asked, Has.Count.EqualTo(2));
        Assert.That((failure!.Kind, failure.Message), Is.EqualTo((
            FailureKind.Upstream,
            "The model called 'weather' with arguments that do not fit its schema (minLength at /city). "
                + "It was told so, and did it again. Try again.")));
    }

    /// <summary>What has been given out cannot be taken back: the end says it, before the call is told to be whole.</summary>
    [Test]
    public void Run_StreamedArgumentsThatDoNotFit_FailAtTheEndOfTheCall()
    {
        var given = new List<WorkEvent>();

        var failure = Assert.ThrowsAsync<CliFailureException>(() => RunAsync(given, WithTool(true), true, Call("t1", Bad)));

        Assert.That(failure!.Message, Does.Contain("do not fit").And.Contain("given out already"));
        Assert.That(given.Select(next => next.KindCase), Is.EqualTo((Kind[])[Kind.ToolCallStarted, Kind.ToolCallArguments]));
        Assert.That(_asked, Has.Count.EqualTo(1));
    }

    [TestCase("{\"city\":")]
    [TestCase("[1]")]
    public async Task Run_ASlipThatEndsTheTurn_GoesBackAsAnEmptyCall(string broken)
    {
        var slip = new SlippedCall("t1", "weather", broken);
        var adapter = Adapter(false, (_, index) => index == 0 ? Thrown(CliFailureException.BadArguments(slip)) : Call("t2", Good));

        var events = await CheckedAnswer.Run(adapter, WithTool(true), CancellationToken.None).ToListAsync();

        Assert.That(Fold(events).ToolCalls.Single().Id, Is.EqualTo("t2"));
        Assert.That(_asked[1].Messages[^2].Parts.Single().ToolCall, Is.EqualTo(
            new ToolCallPart { Id = "t1", Name = "weather", ArgumentsJson = "{}" }));
        Assert.That(_asked[1].Messages[^1].Parts.Single().ToolResult.IsError, Is.True);
    }

    [Test]
    public void Run_ASlipTwice_IsTheFailure()
    {
        var slip = new SlippedCall("t1", "weather", "{");
        var adapter = Adapter(false, (_, _) => Thrown(CliFailureException.BadArguments(slip)));

        var failure = Assert.ThrowsAsync<CliFailureException>(async () =>
            await CheckedAnswer.Run(adapter, WithTool(false), CancellationToken.None).ToListAsync());

        Assert.That(failure!.Message, Does.Contain("'weather'").And.Contain("not a JSON object"));
        Assert.That(_asked, Has.Count.EqualTo(2));
    }

    [Test]
    public void Run_AnotherFailure_IsTheAdaptersOwn()
    {
        var adapter = Adapter(false, (_, _) => Thrown(new CliFailureException(FailureKind.Overloaded, "Busy.")));

        var failure = Assert.ThrowsAsync<CliFailureException>(async () =>
            await CheckedAnswer.Run(adapter, WithTool(false), CancellationToken.None).ToListAsync());

        Assert.That((failure!.Kind, _asked.Count), Is.EqualTo((FailureKind.Overloaded, 1)));
    }

    /// <summary>A call that the limit has cut is the vendor's answer.</summary>
    [Test]
    public async Task Run_ACallThatIsCut_IsGivenOut()
    {
        var events = await RunAsync(
            WithTool(false),
            false,
            [
                WorkEvents.ToolCallStarted("t1", "weather"),
                WorkEvents.ToolCallArguments("t1", "{\"ci"),
                WorkEvents.Finished(StopReason.MaxTokens),
            ]);

        Assert.That(Fold(events).ToolCalls.Single().ArgumentsJson, Is.EqualTo("{\"ci"));
    }

    [Test]
    public void Run_ASchemaThatTakesTooLong_IsTheCallersFault()
    {
        var item = WithTool(false);
        item.Tools[0].InputSchemaJson = """{"properties":{"city":{"pattern":"^(a+)+$"}}}""";

        var failure = Assert.ThrowsAsync<CliFailureException>(() =>
            RunAsync(item, false, Call("t1", $$"""{"city":"{{new string('a', 40)}}!"}""")));

        Assert.That((failure!.Kind, failure.VendorStatus), Is.EqualTo((FailureKind.InvalidRequest, 400)));
    }

    /// <summary>The broker takes an item of which it hears nothing for dead.</summary>
    [Test]
    public async Task Run_ALongCallThatIsHeld_IsHeardOf()
    {
        WorkEvent[] pieces = [.. Enumerable.Range(0, 200).Select(_ => WorkEvents.ToolCallArguments("t1", " "))];

        var events = await RunAsync(
            WithTool(false),
            true,
            [
                WorkEvents.ToolCallStarted("t1", "weather"), .. pieces, WorkEvents.ToolCallArguments("t1", Good),
                WorkEvents.ToolCallFinished("t1"), WorkEvents.Finished(StopReason.ToolUse),
            ]);

        Assert.That(events.TakeWhile(next => next.KindCase == Kind.Usage).Count(), Is.EqualTo(3));
        Assert.That(Fold(events).ToolCalls.Single().ArgumentsJson.Trim(), Is.EqualTo(Good));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Run_ATextInItsForm_IsGivenOutWithoutAFence(bool streamed)
    {
        var events = await RunAsync(WithFormat(streamed), false, Said("```json\n", Good, "\n```"));

        Assert.That(Fold(events).Text, Is.EqualTo(Good));
        Assert.That(_asked.Single().Instructions, Does.StartWith("Be brief.\n\n").And.Contain(Schema).And.Contain("report"));
        Assert.That(_asked.Single().ResponseFormat, Is.Null);
    }

    [Test]
    public async Task Run_AFormThatTheVendorTakes_IsLeftToIt()
    {
        var adapter = Adapter(false, (_, _) => Said(Good));
        adapter.TakesForms = true;

        await CheckedAnswer.Run(adapter, WithFormat(false), CancellationToken.None).ToListAsync();

        Assert.That(_asked.Single(), Is.EqualTo(WithFormat(false)));
    }

    [TestCase("Certainly: {}")]
    [TestCase("{")]
    [TestCase(Bad)]
    public async Task Run_ATextThatIsNot_GoesBackOnceAndOnlyTheSecondIsGivenOut(string text)
    {
        var events = await RunAsync(WithFormat(false), false, Said(text), Said(Good));

        Assert.That(Fold(events).Text, Is.EqualTo(Good));
        Assert.That(_asked[1].Messages[^2].Parts.Single().Text.Text, Is.EqualTo(text));
        Assert.That(_asked[1].Messages[^1].Parts.Single().Text.Text, Does.Contain("Answer once more"));
    }

    /// <summary>No message may be empty: it is told with the question.</summary>
    [Test]
    public async Task Run_NoTextAtAll_IsToldWithTheQuestion()
    {
        await RunAsync(WithFormat(false), false, Said(), Said(Good));

        Assert.That(_asked[1].Messages, Has.Count.EqualTo(1));
        Assert.That(_asked[1].Messages[0].Parts, Has.Count.EqualTo(2));
        Assert.That(_asked[0].Messages[0].Parts, Has.Count.EqualTo(1));
    }

    [TestCase(false, "It was told so")]
    [TestCase(true, "given out already")]
    public void Run_ATextThatNeverIs_Fails(bool streamed, string told)
    {
        var failure = Assert.ThrowsAsync<CliFailureException>(() => RunAsync(WithFormat(streamed), false, Said(Bad), Said(Bad)));

        Assert.That(failure!.Message, Does.Contain("minLength at /city").And.Contain(told));
    }

    [TestCase(StopReason.MaxTokens)]
    [TestCase(StopReason.Refusal)]
    public async Task Run_ATextThatWasCut_IsTheVendorsAnswer(StopReason reason)
    {
        var events = await RunAsync(WithFormat(false), false, [WorkEvents.Text("{\"ci"), WorkEvents.Finished(reason)]);

        Assert.That(Fold(events).Text, Is.EqualTo("{\"ci"));
    }

    [TestCase("[1]", false)]
    [TestCase("{}", true)]
    public async Task Run_AnyObject_IsAnyObject(string text, bool isGood)
    {
        var item = WithFormat(false);
        item.ResponseFormat = new ResponseFormat { Json = true };

        await RunAsync(item, false, Said(text), Said("{}"));

        Assert.That(_asked, Has.Count.EqualTo(isGood ? 1 : 2));
    }

    [TestCase("red", true)]
    [TestCase("red.", false)]
    public async Task Run_AChoice_IsOneOfThem(string text, bool isGood)
    {
        var item = WithFormat(false);
        item.ResponseFormat = new ResponseFormat { Choices = { "red", "blue" } };

        await RunAsync(item, false, Said(text, "\n"), Said("blue"));

        Assert.That(_asked, Has.Count.EqualTo(isGood ? 1 : 2));
        Assert.That(_asked[0].Instructions, Does.EndWith("red\nblue"));
    }

    private static WorkItem WithTool(bool streamed) => new()
    {
        Streamed = streamed,
        Messages = { Question() },
        Tools = { new ToolSpec { Name = "weather", InputSchemaJson = Schema } },
    };

    private static WorkItem WithFormat(bool streamed) => new()
    {
        Streamed = streamed,
        Instructions = "Be brief.",
        Messages = { Question() },
        ResponseFormat = new ResponseFormat { Json = true, JsonSchema = Schema, Name = "report" },
    };

    private static Message Question() =>
        new() { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = "What is the weather?" } } } };

    private static WorkEvent[] Parts(string id, string arguments) =>
    [
        WorkEvents.ToolCallStarted(id, "weather"), WorkEvents.ToolCallArguments(id, arguments), WorkEvents.ToolCallFinished(id),
    ];

    private static WorkEvent[] Call(string id, string arguments, params WorkEvent[] behind) =>
        [.. Parts(id, arguments), .. behind, WorkEvents.Finished(StopReason.ToolUse)];

    private static WorkEvent[] Said(params string[] texts) => [.. texts.Select(WorkEvents.Text), WorkEvents.Finished(StopReason.EndTurn)];

    private static WorkEvent Used(ulong output) => new() { Usage = new Usage { OutputTokens = output } };

    private static IEnumerable<WorkEvent> Thrown(Exception exception)
    {
        yield return Used(1);
        throw exception;
    }

    private static Answer Fold(IEnumerable<WorkEvent> events)
    {
        var answer = new Answer();
        foreach (var next in events)
        {
            answer.Add(next);
        }

        Assert.That(answer.Finished, Is.Not.Null);
        return answer;
    }

    private async Task<List<WorkEvent>> RunAsync(WorkItem item, bool streamsArguments, params WorkEvent[][] answers)
    {
        var events = new List<WorkEvent>();
        await RunAsync(events, item, streamsArguments, answers);
        return events;
    }

    private async Task RunAsync(List<WorkEvent> events, WorkItem item, bool streamsArguments, params WorkEvent[][] answers)
    {
        var adapter = Adapter(streamsArguments, (_, index) => answers[index]);
        await foreach (var next in CheckedAnswer.Run(adapter, item, CancellationToken.None))
        {
            events.Add(next);
        }
    }

    private FakeAdapter Adapter(bool streamsArguments, Func<WorkItem, int, IEnumerable<WorkEvent>> answer) =>
        new((item, _) => AnswerAsync(answer(item, _asked.Count), item)) { StreamsArguments = streamsArguments };

    private async IAsyncEnumerable<WorkEvent> AnswerAsync(IEnumerable<WorkEvent> events, WorkItem item)
    {
        _asked.Add(item);
        foreach (var next in events)
        {
            await Task.Yield();
            yield return next.Clone();
        }
    }
}
