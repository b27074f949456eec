using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>What one vendor's API allows never fails at another's model.</summary>
internal sealed class SamplingFitTests
{
    private const string Old = "claude-sonnet-4-5-20250929";

    [TestCase(0.0, 0.0, "")]
    [TestCase(1.0, 1.0, "")]
    [TestCase(1.2, 1.0, RequestFeatures.Temperature)]
    [TestCase(2.0, 1.0, RequestFeatures.Temperature)]
    public void Of_TemperatureOnClaude_IsAtMostOne(double asked, double given, string altered)
    {
        var fit = Fit(Old, new Sampling { Temperature = asked });

        Assert.That((fit.Sampling!.Temperature, string.Join(',', fit.Altered)), Is.EqualTo((given, altered)));
    }

    [TestCase("claude-opus-4-6", true)]
    [TestCase("claude-opus-4-6[1m]", true)]
    [TestCase("claude-sonnet-4-6", true)]
    [TestCase("claude-sonnet-4-5-20250929", true)]
    [TestCase("claude-haiku-4.5", true)]
    [TestCase("claude-sonnet-4-20250514", true)]
    [TestCase("claude-opus-4-1@20250805", true)]
    [TestCase("claude-3-7-sonnet-latest", true)]
    [TestCase("claude-3-opus-20240229", true)]
    [TestCase("us.anthropic.claude-sonnet-4-5-20250929-v1:0", true)]
    [TestCase("claude-opus-4-7", false)]
    [TestCase("claude-opus-4-8[1m]", false)]
    [TestCase("claude-sonnet-5", false)]
    [TestCase("claude-haiku-5-5", false)]
    [TestCase("claude-opus-4-20-20270101", false)]
    [TestCase("claude-sonnet-10", false)]
    [TestCase("claude-fable-5", false)]
    [TestCase("claude-x", false)]
    [TestCase("opus", false)]
    public void Of_ClaudeModelAfter46OrUnknown_GetsNoSampling(string model, bool takes)
    {
        var fit = Fit(model, new Sampling { Temperature = 0.5, TopK = 5, MaxOutputTokens = 9, StopSequences = { "\n" } });

        Assert.Multiple(() =>
        {
            Assert.That((fit.Sampling!.HasTemperature, fit.Sampling.HasTopK), Is.EqualTo((takes, takes)));
            Assert.That(fit.Altered, Is.EqualTo(takes ? [] : new[] { RequestFeatures.Temperature, RequestFeatures.TopK }));
            Assert.That((fit.Sampling.MaxOutputTokens, fit.Sampling.StopSequences[0]), Is.EqualTo((9u, "\n")), "The rest stays.");
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Of_TopPOnClaude_IsDropped_AloneToo(bool isAlone)
    {
        var sampling = new Sampling { TopP = 0.9 };
        if (!isAlone)
        {
            sampling.Temperature = 0.5;
        }

        var fit = Fit(Old, sampling);

        Assert.That((fit.Sampling!.HasTopP, fit.Sampling.HasTemperature), Is.EqualTo((false, !isAlone)));
        Assert.That(fit.Altered, Is.EqualTo(new[] { RequestFeatures.TopP }));
    }

    [Test]
    public void Of_ThinkingOnClaude_LeavesNoSampling()
    {
        var fit = Fit("claude-opus-4-6", new Sampling { Temperature = 0.5, TopK = 3 }, new ThinkingControl { Enabled = true });

        Assert.That((fit.Sampling!.HasTemperature, fit.Sampling.HasTopK, fit.Thinking!.Enabled), Is.EqualTo((false, false, true)));
    }

    [TestCase(Old, 512u, 0u, 1024u, true)]
    [TestCase(Old, 8000u, 4000u, 3999u, true)]
    [TestCase(Old, 2000u, 4000u, 2000u, false)]
    [TestCase(Old, 2000u, 1024u, null, true)]
    public void Of_BudgetOnClaude_FitsTheModelAndTheLimit(string model, uint budget, uint limit, uint? given, bool isAltered)
    {
        var sampling = limit == 0 ? null : new Sampling { MaxOutputTokens = limit };

        var fit = Fit(model, sampling, new ThinkingControl { Enabled = true, BudgetTokens = budget });

        Assert.Multiple(() =>
        {
            Assert.That(fit.Thinking, Is.EqualTo(given is { } left
                ? new ThinkingControl { Enabled = true, BudgetTokens = left }
                : new ThinkingControl()));
            Assert.That(fit.Altered, Is.EqualTo(isAltered ? new[] { RequestFeatures.Thinking } : []));
        });
    }

    // A newer model takes no budget: 2.1.330 drops it without a word.
    [TestCase("claude-opus-4-6", 2000u, 0u, "", "low")]
    [TestCase("claude-opus-4-6", 8000u, 0u, "", "medium")]
    [TestCase("claude-opus-4-6", 8000u, 500u, "", "medium")]
    [TestCase("claude-opus-5", 8000u, 500u, "", "medium")]
    [TestCase("claude-opus-5", 32_000u, 0u, "", "high")]
    [TestCase("opus", 2000u, 0u, "", "low")]
    [TestCase("claude-opus-4-6", 2000u, 0u, "high", "high")]
    [TestCase(Old, 2000u, 0u, "", "")]
    public void Of_BudgetOnClaude_IsAnEffortWhereTheModelTakesNoBudget(
        string model, uint budget, uint limit, string effort, string expected)
    {
        var sampling = limit == 0 ? null : new Sampling { MaxOutputTokens = limit };

        var fit = Fit(model, sampling, new ThinkingControl { Enabled = true, BudgetTokens = budget, Effort = effort });

        Assert.That((fit.Thinking!.Effort, fit.Thinking.BudgetTokens, fit.Altered.Count), Is.EqualTo((expected, budget, 0)));
    }

    [Test]
    public void Of_ThinkingThatIsDropped_LeavesTheSampling()
    {
        var thinking = new ThinkingControl { Enabled = true, Effort = "low" };

        var fit = Fit(Old, new Sampling { MaxOutputTokens = 100, Temperature = 0.5 }, thinking);

        Assert.That((fit.Thinking!.Enabled, fit.Sampling!.Temperature), Is.EqualTo((false, 0.5)));
    }

    [TestCase(Providers.Codex)]
    [TestCase(Providers.Gemini)]
    public void Of_AnotherCli_IsAsItWasAsked(string provider)
    {
        var call = Call(new Sampling { Temperature = 2, TopP = 1, TopK = 3 }, null);

        var fit = SamplingFit.Of(call, new ModelRoute("s", provider, "m", []));

        Assert.That((fit.Sampling, fit.Altered.Count), Is.EqualTo((call.Sampling, 0)));
    }

    [Test]
    public void ToWork_FittedForOneRoute_IsWholeForTheNext()
    {
        var call = Call(new Sampling { Temperature = 2 }, null);

        var claude = call.ToWork("w", new ModelRoute("s", Providers.Claude, Old, []));
        var codex = call.ToWork("w", new ModelRoute("s", Providers.Codex, "o3", []));

        Assert.That((claude.Sampling.Temperature, codex.Sampling.Temperature), Is.EqualTo((1.0, 2.0)));
    }

    [Test]
    public void IgnoredBy_FieldsThatWereFitted_NamesThemAsTheCallerDid()
    {
        var call = Call(new Sampling { Temperature = 2, TopP = 0.5, MaxOutputTokens = 7 }, null) with
        {
            Requested =
            [
                new("generationConfig.temperature", RequestFeatures.Temperature),
                new("generationConfig.topP", RequestFeatures.TopP),
                new("generationConfig.maxOutputTokens", RequestFeatures.MaxOutputTokens),
            ],
        };
        string[] honours = [RequestFeatures.Temperature, RequestFeatures.TopP, RequestFeatures.MaxOutputTokens];

        Assert.That(
            call.IgnoredBy(new ModelRoute("s", Providers.Claude, Old, honours)),
            Is.EqualTo(new[] { "generationConfig.temperature", "generationConfig.topP" }));
    }

    [TestCase(ToolChoiceMode.Auto, true)]
    [TestCase(ToolChoiceMode.Required, false)]
    [TestCase(ToolChoiceMode.Named, false)]
    public void Of_CallThatMustBe_LeavesNoThoughts(ToolChoiceMode mode, bool thinks)
    {
        ToolSpec[] tools = [new() { Name = "get" }];
        var call = Call(null, new ThinkingControl { Enabled = true, Effort = "high", BudgetTokens = 2000 }) with
        {
            Offer = new ToolOffer("tools", tools, new ToolChoice { Mode = mode, Name = "get" }, tools),
        };

        var fit = SamplingFit.Of(call, new ModelRoute("s", Providers.Claude, "claude-opus-4-8", []));

        Assert.That((fit.Thinking!.Enabled, fit.Thinking.Effort), Is.EqualTo((thinks, "high")));
        Assert.That(fit.Altered, Is.EqualTo(thinks ? [] : new[] { RequestFeatures.Thinking }));
    }

    private static SamplingFit Fit(string model, Sampling? sampling, ThinkingControl? thinking = null) =>
        SamplingFit.Of(Call(sampling, thinking), new ModelRoute("s", Providers.Claude, model, []));

    private static CompletionCall Call(Sampling? sampling, ThinkingControl? thinking) => new()
    {
        Model = "m",
        Conversation = new Conversation(string.Empty, []),
        Sampling = sampling,
        Thinking = thinking,
        AnswerId = "a",
        CreatedAt = default,
    };
}
