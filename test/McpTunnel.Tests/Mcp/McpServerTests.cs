using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Echo;
using Polydev.McpTunnel.Tests.Work;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Mcp;

public sealed class McpServerTests
{
    private static readonly string[] Tools = ["get_cli_status", "get_perspectives", "list_models", "tunnel_status"];

    [Test]
    public async Task ListTools_Always_NamesAllWithSchemasAndHints()
    {
        await using var fixture = await McpFixture.StartAsync();

        var tools = await fixture.Client.ListToolsAsync();

        Assert.That(tools.Select(tool => tool.Name).Order(), Is.EqualTo(Tools));
        Assert.That(tools.Select(tool => tool.ProtocolTool.Annotations?.ReadOnlyHint), Is.All.True);
        Assert.That(tools.Select(tool => tool.ProtocolTool.OutputSchema), Has.None.Null);
        Assert.That(tools.Select(tool => tool.Title), Has.None.Null);
    }

    [Test]
    public async Task Initialize_DetectionHangs_IsAnsweredAllTheSame()
    {
        var hanging = new HangingDetection();

        await using var fixture = await McpFixture.StartAsync(hanging);

        Assert.That(fixture.Client.ServerInfo?.Name, Is.EqualTo("polydev"));
        hanging.Release();
    }

    [Test]
    public async Task GetPerspectives_NamedModels_AnswersSideBySideInTheOrderAsked()
    {
        var meeting = new Barrier(2);
        await using var fixture = await McpFixture.StartAsync(Meeting("one", "m1", meeting), Meeting("two", "m2", meeting));

        var result = await CallAsync(fixture, "get_perspectives", new() { ["prompt"] = "q", ["models"] = new[] { "m2", "m1" } });

        var answers = result.StructuredContent!.Value.GetProperty("answers").EnumerateArray().ToList();
        Assert.That(answers.Select(answer => answer.GetProperty("model").GetString()), Is.EqualTo(new[] { "m2", "m1" }));
        Assert.That(answers.Select(answer => answer.GetProperty("text").GetString()), Is.EqualTo(new[] { "from two", "from one" }));
        Assert.That(answers[0].GetProperty("usage").GetProperty("output_tokens").GetInt32(), Is.EqualTo(3));
        Assert.That(result.Content.OfType<TextContentBlock>().Single().Text, Does.Contain("## m2 (two)\n\nfrom two"));
        Assert.That(result.IsError, Is.Not.True);
    }

    [Test]
    public async Task GetPerspectives_NoModels_AsksTheFirstOfEachReadyCliAndNotEcho()
    {
        var ready = FakeAdapter.Of(WorkEvents.Text("hi"), WorkEvents.Finished(StopReason.EndTurn));
        var missing = new FakeAdapter((_, _) => throw new InvalidOperationException("Not to be asked."))
        {
            Provider = "missing",
            Info = new CliInfo { Provider = "missing", State = CliState.NotInstalled },
        };
        await using var fixture = await McpFixture.StartAsync(new EchoAdapter(), ready, missing);

        var result = await CallAsync(fixture, "get_perspectives", new() { ["prompt"] = "q" });

        var answers = result.StructuredContent!.Value.GetProperty("answers").EnumerateArray().ToList();
        Assert.That(answers.Select(answer => answer.GetProperty("provider").GetString()), Is.EqualTo(new[] { "fake" }));
    }

    [Test]
    public async Task GetPerspectives_OneFails_GivesItsErrorBesideTheOthersAnswer()
    {
        await using var fixture = await McpFixture.StartAsync(new EchoAdapter(), new FakeAdapter((_, _) => Failing()));

        var models = new[] { "polydev-echo", "m", "nobody-knows" };
        var result = await CallAsync(fixture, "get_perspectives", new() { ["prompt"] = "q", ["models"] = models });

        var answers = result.StructuredContent!.Value.GetProperty("answers").EnumerateArray().ToList();
        Assert.That(answers[0].GetProperty("text").GetString(), Is.EqualTo("q"));
        Assert.That(answers[1].GetProperty("error").GetProperty("kind").GetString(), Is.EqualTo("NotLoggedIn"));
        Assert.That(answers[2].GetProperty("error").GetProperty("kind").GetString(), Is.EqualTo("UnknownModel"));
        Assert.That(result.IsError, Is.Not.True);
    }

    [Test]
    public async Task GetPerspectives_WithProgressToken_TellsEachThatIsDone()
    {
        var told = Channel.CreateUnbounded<ProgressNotificationParams>();
        await using var fixture = await McpFixture.StartAsync(new EchoAdapter(), new FakeAdapter((_, _) => Failing()));
        await using var listening = fixture.Client.RegisterNotificationHandler(
            NotificationMethods.ProgressNotification,
            (notification, _) => told.Writer.WriteAsync(
                JsonSerializer.Deserialize<ProgressNotificationParams>(notification.Params, McpJsonUtilities.DefaultOptions)!,
                CancellationToken.None));

        var arguments = new Dictionary<string, object?> { ["prompt"] = "q", ["models"] = new[] { "polydev-echo", "m" } };
        await CallAsync(fixture, "get_perspectives", arguments, new JsonObject { ["progressToken"] = "p" });

        ProgressNotificationParams[] both =
            [await told.Reader.ReadAsync().AsTask().DefaultTimeout(), await told.Reader.ReadAsync().AsTask().DefaultTimeout()];
        Assert.That(both.Select(one => one.Progress.Total), Is.All.EqualTo(2));
        Assert.That(both.Select(one => one.Progress.Progress), Is.EquivalentTo(new[] { 1, 2 }));
        Assert.That(both.Select(one => one.Progress.Message), Is.EquivalentTo(new[] { "polydev-echo answered", "m failed" }));
    }

    [TestCase(120)]
    [TestCase(1800)]
    public async Task GetPerspectives_CliHangs_IsEndedAndGivesItsPlaceBack(int seconds)
    {
        var (time, point, asked) = (new FakeTimeProvider(), new SyncPoint(), 0);
        var adapter = new FakeAdapter((_, cancelled) => Interlocked.Increment(ref asked) == 1 ? Hanging(point, cancelled) : Talking());
        await using var fixture = await McpFixture.StartAsync(time, adapter);
        var arguments = new Dictionary<string, object?> { ["prompt"] = "q", ["models"] = new[] { "m" } };
        var hanging = CallAsync(fixture, "get_perspectives", arguments);
        await point.WaitForArrivalAsync();

        time.Advance(TimeSpan.FromSeconds(seconds));

        var answer = (await hanging.DefaultTimeout()).StructuredContent!.Value.GetProperty("answers")[0];
        Assert.That(answer.GetProperty("error").GetProperty("kind").GetString(), Is.EqualTo("TimedOut"));
        Assert.That(fixture.Services.GetRequiredService<RunningCalls>().Now, Is.Empty);
        Assert.That((await CallAsync(fixture, "get_perspectives", arguments)).IsError, Is.Not.True);
    }

    [TestCase("{}", "'prompt'")]
    [TestCase("""{"prompt":" "}""", "'prompt'")]
    [TestCase("""{"prompt":"q","models":"m"}""", "'models'")]
    [TestCase("""{"prompt":"q","models":[1]}""", "'models'")]
    [TestCase("""{"prompt":"q","system":{}}""", "'system'")]
    public async Task GetPerspectives_BadArguments_NamesThem(string arguments, string names)
    {
        await using var fixture = await McpFixture.StartAsync(new EchoAdapter());

        var result = await CallAsync(fixture, "get_perspectives", JsonSerializer.Deserialize<Dictionary<string, object?>>(arguments)!);

        Assert.That(result.IsError, Is.True);
        Assert.That(result.Content.OfType<TextContentBlock>().Single().Text, Does.Contain(names));
    }

    [Test]
    public async Task GetCliStatus_EachCall_DetectsAnew()
    {
        var adapter = FakeAdapter.Of();
        await using var fixture = await McpFixture.StartAsync(adapter);
        await CallAsync(fixture, "get_cli_status", []);
        adapter.Info = new CliInfo { Provider = "fake", State = CliState.NotLoggedIn, Hint = "Run fake login." };

        var result = await CallAsync(fixture, "get_cli_status", []);

        var cli = result.StructuredContent!.Value.GetProperty("clis")[0];
        Assert.That(cli.GetProperty("state").GetString(), Is.EqualTo("not_logged_in"));
        Assert.That(cli.GetProperty("hint").GetString(), Is.EqualTo("Run fake login."));
        Assert.That(adapter.Detections, Is.EqualTo(2));
    }

    [Test]
    public async Task TunnelStatus_WithoutToken_SaysWhatIsMissing()
    {
        await using var fixture = await McpFixture.StartAsync(new EchoAdapter());

        var result = await CallAsync(fixture, "tunnel_status", []);

        var missing = result.StructuredContent!.Value.GetProperty("missing").EnumerateArray().Select(text => text.GetString());
        Assert.That(missing, Has.Some.Contains("POLYDEV_USER_TOKEN"));
    }

    [Test]
    public async Task ListModels_SomeNotReady_SaysWhich()
    {
        var adapter = FakeAdapter.Of();
        var model = new ModelInfo { Id = "m", DisplayName = "M" };
        adapter.Info = new CliInfo { Provider = "fake", State = CliState.NotLoggedIn, Models = { model } };
        await using var fixture = await McpFixture.StartAsync(new EchoAdapter(), adapter);

        var result = await CallAsync(fixture, "list_models", []);

        var models = result.StructuredContent!.Value.GetProperty("models").EnumerateArray()
            .Select(model => (model.GetProperty("id").GetString(), model.GetProperty("ready").GetBoolean()));
        Assert.That(models, Is.EqualTo(new[] { ("polydev-echo", true), ("m", false) }));
    }

    [Test]
    public async Task StatusResource_Read_IsJson()
    {
        await using var fixture = await McpFixture.StartAsync(new EchoAdapter());
        var listed = (await fixture.Client.ListResourcesAsync()).Single();

        var read = (await fixture.Client.ReadResourceAsync("polydev://status")).Contents.OfType<TextResourceContents>().Single();

        Assert.That((listed.Uri, read.MimeType), Is.EqualTo(("polydev://status", "application/json")));
        var tunnel = JsonDocument.Parse(read.Text).RootElement.GetProperty("tunnel");
        Assert.That(tunnel.GetProperty("broker").GetString(), Does.StartWith("http://127.0.0.1:5080"));
    }

    [Test]
    public async Task Input_Ends_EndsTheProcessAndWhatRuns()
    {
        var point = new SyncPoint();
        var adapter = new FakeAdapter((_, cancelled) => Waiting(point, cancelled));
        await using var fixture = await McpFixture.StartAsync(adapter);
        var arguments = new Dictionary<string, object?> { ["prompt"] = "q", ["models"] = new[] { "m" } };
        var call = fixture.Client.CallToolAsync("get_perspectives", arguments).AsTask();
        await point.WaitForArrivalAsync();

        fixture.EndInput();

        await fixture.WaitForShutdownAsync();
        Assert.That(adapter.Ended, Is.EqualTo(1));

        // Its end may still be told before the output closes; an answer is not.
        Assert.That(call.IsCompletedSuccessfully && (await call).IsError != true, Is.False);
    }

    [TestCase("list_models", "id")]
    [TestCase("get_cli_status", "hint")]
    [TestCase("tunnel_status", "hint")]
    public async Task Tools_WhatACliSaysOfItself_IsPlainAndShort(string tool, string field)
    {
        var odd = new FakeAdapter((_, _) => Failing())
        {
            Info = new CliInfo
            {
                Provider = "fake",
                State = CliState.Unusable,
                Hint = RemoteText.Endless,
                Models = { new ModelInfo { Id = RemoteText.Odd, DisplayName = RemoteText.Endless } },
            },
        };
        await using var fixture = await McpFixture.StartAsync(odd);

        var result = await CallAsync(fixture, tool, []);

        RemoteText.AssertPlain(result.Content.OfType<TextContentBlock>().Single().Text, 12_000);
        var structured = result.StructuredContent!.Value.GetRawText();
        Assert.That(structured, Does.Contain($"\"{field}\"").And.Contain(RemoteText.Plain).And.Length.LessThan(12_000));
        Assert.That(structured, Does.Not.Contain("u001").IgnoreCase.And.Not.Contain("u202e").IgnoreCase.And.Not.Contain("\u202e"));
    }

    [Test]
    public async Task GetPerspectives_WhatAModelSays_KeepsItsLinesAndLosesWhatMovesThem()
    {
        var answering = FakeAdapter.Of(WorkEvents.Text($"one\n\ntwo{RemoteText.Odd}"), WorkEvents.Finished(StopReason.EndTurn));
        await using var fixture = await McpFixture.StartAsync(answering);

        var models = new[] { "m", RemoteText.Endless };
        var result = await CallAsync(fixture, "get_perspectives", new() { ["prompt"] = "q", ["models"] = models });

        var answers = result.StructuredContent!.Value.GetProperty("answers");
        Assert.That(answers[0].GetProperty("text").GetString(), Is.EqualTo("one\n\ntwoodd [2J\nforged"));
        Assert.That(answers[1].GetProperty("model").GetString(), Does.StartWith(RemoteText.Plain).And.Length.EqualTo(200));
        Assert.That(result.Content.OfType<TextContentBlock>().Single().Text, Has.Length.LessThan(2000).And.No.Member('\u001b'));
    }

    private static async Task<CallToolResult> CallAsync(
        McpFixture fixture, string tool, Dictionary<string, object?> arguments, JsonObject? meta = null)
    {
        var request = new CallToolRequestParams
        {
            Name = tool,
            Arguments = arguments.ToDictionary(argument => argument.Key, argument => JsonSerializer.SerializeToElement(argument.Value)),
            Meta = meta,
        };
        return await fixture.Client.CallToolAsync(request).AsTask().DefaultTimeout();
    }

    // Answers only when the other one has been asked too.
    private static FakeAdapter Meeting(string provider, string model, Barrier meeting) => new((_, _) => MeetAsync(provider, meeting))
    {
        Provider = provider,
        Info = new CliInfo { Provider = provider, State = CliState.Ready, Models = { new ModelInfo { Id = model } } },
    };

    private static async IAsyncEnumerable<WorkEvent> MeetAsync(string provider, Barrier meeting)
    {
        await Task.Run(() => Assert.That(meeting.SignalAndWait(TaskTimeouts.Default), Is.True, "The other model was not asked meanwhile."));
        yield return WorkEvents.Text($"from {provider}");
        yield return new WorkEvent { Usage = new Usage { InputTokens = 2, OutputTokens = 3 } };
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private static async IAsyncEnumerable<WorkEvent> Hanging(SyncPoint point, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await point.ArriveAsync(cancelled);
        yield break;
    }

    private static async IAsyncEnumerable<WorkEvent> Talking()
    {
        await Task.Yield();
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private static async IAsyncEnumerable<WorkEvent> Failing()
    {
        await Task.Yield();
        yield return WorkEvents.Text("half");
        throw new CliFailureException(FailureKind.NotLoggedIn, "Log in first.");
    }

    private static async IAsyncEnumerable<WorkEvent> Waiting(SyncPoint point, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await point.ArriveAsync(cancelled);
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }
}
