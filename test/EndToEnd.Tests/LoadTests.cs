using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>Many calls: none gets another's answer, and nothing is left behind.</summary>
[TestFixture(TunnelBuild.Managed, 200)]
[NativeFixture(60)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LoadTests(TunnelBuild build, int inARow)
{
    private const int AtOnce = 12;

    // By then everything that is made once has been made.
    private const int FirstLook = 20;

    // At rest one fresh session of each CLI waits, and beside Gemini's the used one that serves again (CliSessionPool).
    private const int AtRest = 4;

    private Stack _stack = null!;

    [SetUp]
    public async Task SetUp()
    {
        _stack = await Stack.StartBrokerOnlyAsync(build);
        _stack.TunnelVariables["POLYDEV_MAX_CONCURRENT"] = $"{AtOnce}";
        await _stack.StartTunnelAsync();
    }

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task TwelveAtOnce_OverThreeClis_KeepTheirAnswersApart()
    {
        var gate = new ProviderGate();
        _stack.Provider.Script = request =>
            ProviderScript.Empty.Wait(gate).Text("You said: ", request.LastUserText, ".");
        var questions = Enumerable.Range(0, AtOnce).Select(index => $"question {index} {Guid.NewGuid():N}").ToList();
        var calls = questions.Select((question, index) => ChatCall.TextAsync(_stack, ModelOf(index), question)).ToList();

        // All twelve stand at the provider before any of them is answered.
        for (var arrived = 0; arrived < AtOnce; arrived++)
        {
            await _stack.Provider.NextRequestAsync().DefaultTimeout();
        }

        Assert.That(calls.Any(call => call.IsCompleted), Is.False);
        gate.Open();

        Assert.That(await Task.WhenAll(calls), Is.EqualTo(questions.Select(DefaultScript.TextFor)));
    }

    [Test]
    public async Task ManyInARow_LeaveNothingBehind()
    {
        await AskAsync(1, FirstLook);
        var early = await LookAsync();

        await AskAsync(FirstLook + 1, inARow);

        // What has been let go may take a moment to be gone; what has not been let go never goes.
        await early.AssertReachedAsync(LookAsync);
    }

    private static string ModelOf(int index) => SdkMatrixTests.Models.ElementAt(index % 3);

    private async Task AskAsync(int first, int last)
    {
        for (var number = first; number <= last; number++)
        {
            var question = $"question {number}";
            Assert.That(await ChatCall.TextAsync(_stack, ModelOf(number), question), Is.EqualTo(DefaultScript.TextFor(question)));
        }
    }

    private async Task<Footprint> LookAsync()
    {
        await _stack.SettleAsync(AtRest);
        return Footprint.Of(_stack);
    }
}
