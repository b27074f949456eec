using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>What is true of every adapter, of the real CLIs and of Echo.</summary>
public abstract class AdapterContract
{
    private AdapterUnderTest _under = null!;

    /// <summary>A model that the adapter answers.</summary>
    protected abstract string Model { get; }

    private protected ICliAdapter Adapter => _under.Adapter;

    private protected ModelProvider.ProviderServer Provider =>
        _under.Provider ?? throw new InvalidOperationException("This adapter has no provider.");

    [SetUp]
    public async Task SetUpAsync() => _under = await StartAsync();

    [TearDown]
    public async Task TearDownAsync() => await _under.Rig.DisposeAsync();

    [Test]
    public async Task DetectAsync_SetUp_IsReadyAndCallsNoModel()
    {
        var found = await Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.That((found.Provider, found.State), Is.EqualTo((Adapter.Provider, CliState.Ready)), found.Hint);
        Assert.That(found.Version, Is.Not.Empty);
        Assert.That(found.Hint, Is.Empty);
        Assert.That(found.Models, Is.Not.Empty);
        Assert.That(
            _under.Provider?.Requests.Where(request => request.Kind == ModelProvider.Requests.ProviderRequestKind.Generate) ?? [],
            Is.Empty);
    }

    [Test]
    public async Task RunAsync_Question_GivesItsAnswerAndOneEnd()
    {
        var events = await RunAsync(Ask("hello there, friend")).DefaultTimeout();

        Assert.That(string.Concat(events.Select(next => next.Text?.Text)), Is.EqualTo(AnswerTo("hello there, friend")));
        Assert.That(events.Count(next => next.IsFinal()), Is.EqualTo(1));
        Assert.That(events[^1].Finished?.StopReason, Is.EqualTo(StopReason.EndTurn));
        Assert.That(events.Last(next => next.Usage is not null).Usage.OutputTokens, Is.Positive);
        Assert.That(
            events.Select(next => next.KindCase), Has.None.EqualTo(WorkEvent.KindOneofCase.Started), "Started is the runner's to say");
    }

    [Test]
    public async Task RunAsync_ThreeAtOnce_KeepTheirAnswersApart()
    {
        var questions = new[] { "alpha", "beta", "gamma" };

        var answers = await Task.WhenAll(questions.Select(question => RunAsync(Ask(question)))).DefaultTimeout();

        Assert.That(
            answers.Select(events => string.Concat(events.Select(next => next.Text?.Text))), Is.EqualTo(questions.Select(AnswerTo)));
    }

    [Test]
    public async Task RunAsync_LeftAfterTheFirstWord_ServesTheNextCall()
    {
        await using (var events = Adapter.RunAsync(Ask("one two three"), CancellationToken.None).GetAsyncEnumerator())
        {
            Assert.That(await events.MoveNextAsync().AsTask().DefaultTimeout(), Is.True);
        }

        Assert.That((await RunAsync(Ask("again")).DefaultTimeout())[^1].Finished, Is.Not.Null);
    }

    private protected abstract Task<AdapterUnderTest> StartAsync();

    /// <summary>What the adapter answers to a text, where no test scripts it otherwise.</summary>
    private protected virtual string AnswerTo(string text) => ModelProvider.Scripts.DefaultScript.TextFor(text);

    private protected WorkItem Ask(string text) => new()
    {
        WorkId = "w1",
        Provider = Adapter.Provider,
        Model = Model,
        Messages = { new Message { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = text } } } } },
    };

    private protected async Task<List<WorkEvent>> RunAsync(WorkItem item, CancellationToken cancellationToken = default)
    {
        var events = new List<WorkEvent>();
        await foreach (var next in Adapter.RunAsync(item, cancellationToken))
        {
            events.Add(next);
        }

        return events;
    }
}
