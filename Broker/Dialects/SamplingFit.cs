using System.Text.RegularExpressions;
using Polydev.Broker.Conversations;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects;

/// <summary>
/// What a call asks of the sampler and of the model's thinking, as the model of its route takes it: the one place where one vendor's legal
/// setting meets another's rules. What does not fit is clamped or dropped and said so; it never fails the call.
/// </summary>
internal sealed class SamplingFit
{
    // Claude's extended thinking takes no smaller budget (docs: "Building with extended thinking").
    private const uint LeastBudget = 1024;

    private readonly List<string> _altered = [];

    private SamplingFit(Sampling? sampling, ThinkingControl? thinking) => (Sampling, Thinking) = (sampling, thinking);

    public Sampling? Sampling { get; }

    public ThinkingControl? Thinking { get; private set; }

    /// <summary>The features that were clamped or dropped, of <see cref="RequestFeatures"/>.</summary>
    public IReadOnlyCollection<string> Altered => _altered;

    /// <summary>Alters a copy: the call may be routed again.</summary>
    public static SamplingFit Of(CompletionCall call, ModelRoute route)
    {
        // Codex and Gemini CLI take no field of the sampling, and the tunnel itself enforces stop sequences: nothing there can fail a call.
        if (route.Provider != Providers.Claude || (call.Sampling is null && call.Thinking is null))
        {
            return new SamplingFit(call.Sampling, call.Thinking);
        }

        var fit = new SamplingFit(call.Sampling?.Clone(), call.Thinking?.Clone());
        var model = ClaudeModel.Of(route.Model);
        fit.FitThinking(model);
        fit.FitThinking(call.Offer);
        fit.FitSampling(model);
        return fit;
    }

    // Older models think by a budget, which leaves room for an answer; without one, the CLI takes all but one token of the limit.
    private void FitThinking(ClaudeModel model)
    {
        if (Thinking is not { Enabled: true } thinking)
        {
            return;
        }

        if (!model.ThinksByBudget)
        {
            // Claude Code drops the budget there. It stays beside the effort: an id without a version may be an older model's.
            if (thinking is { HasBudgetTokens: true, Effort.Length: 0 })
            {
                thinking.Effort = ThinkingBudget.EffortOf(thinking.BudgetTokens);
            }

            return;
        }

        var most = Sampling is { HasMaxOutputTokens: true } limited ? limited.MaxOutputTokens - 1 : uint.MaxValue;
        if (most < LeastBudget)
        {
            Thinking = new ThinkingControl();
            _altered.Add(RequestFeatures.Thinking);
        }
        else if (thinking.HasBudgetTokens && Math.Clamp(thinking.BudgetTokens, LeastBudget, most) is var budget
            && budget != thinking.BudgetTokens)
        {
            thinking.BudgetTokens = budget;
            _altered.Add(RequestFeatures.Thinking);
        }
    }

    // A call that must be leaves Claude no thoughts before it (docs: "Extended thinking with tool use"). Its effort stays.
    private void FitThinking(ToolOffer offer)
    {
        if (offer is { Served.Count: > 0, Choice.Mode: ToolChoiceMode.Required or ToolChoiceMode.Named }
            && Thinking is { Enabled: true } thinking)
        {
            Thinking = new ThinkingControl { Effort = thinking.Effort };
            _altered.Add(RequestFeatures.Thinking);
        }
    }

    private void FitSampling(ClaudeModel model)
    {
        if (Sampling is not { } sampling)
        {
            return;
        }

        // A model that thinks has its own.
        var takesSampling = model.TakesSampling && Thinking is not { Enabled: true };
        if (sampling.HasTemperature && !takesSampling)
        {
            sampling.ClearTemperature();
            _altered.Add(RequestFeatures.Temperature);
        }
        else if (sampling is { HasTemperature: true, Temperature: > 1 })
        {
            sampling.Temperature = 1;
            _altered.Add(RequestFeatures.Temperature);
        }

        // Claude takes it beside no temperature, and Claude Code itself adds temperature 1 to a call without one.
        if (sampling.HasTopP)
        {
            sampling.ClearTopP();
            _altered.Add(RequestFeatures.TopP);
        }

        if (sampling.HasTopK && !takesSampling)
        {
            sampling.ClearTopK();
            _altered.Add(RequestFeatures.TopK);
        }
    }
}

/// <summary>
/// What a Claude model's id says of its rules. An id without a version (<c>opus</c>) or a new kind of name is taken for the newest: its
/// rules are the strictest, and no call fails by them.
/// </summary>
/// <param name="TakesSampling">
/// Models after 4.6 take no temperature, top_p or top_k (docs: API reference, "Create a Message", <c>temperature</c>).
/// </param>
/// <param name="ThinksByBudget">From 4.6 on Claude Code lets the model choose how much it thinks, within an effort.</param>
/// <param name="TakesPrefill">Models from 4.6 on go on from no assistant's message (docs: "What's new in Claude 4.6").</param>
internal readonly partial record struct ClaudeModel(bool TakesSampling, bool ThinksByBudget, bool TakesPrefill)
{
    private static readonly Version LastWithSampling = new(4, 6);

    public static ClaudeModel Of(string id)
    {
        var named = Named().Match(id);
        if (!named.Success)
        {
            return default;
        }

        // A version of one number is its first: claude-sonnet-4.
        var number = named.Groups["version"].Value.Replace('-', '.');
        var version = Version.Parse(number.Contains('.') ? number : number + ".0");
        return new ClaudeModel(version <= LastWithSampling, version < LastWithSampling, version < LastWithSampling);
    }

    // claude-opus-4-6, claude-sonnet-4-5-20250929, claude-sonnet-4-20250514, claude-3-7-sonnet-latest, us.anthropic.claude-….
    [GeneratedRegex(
        @"claude-((opus|sonnet|haiku)-(?<version>\d{1,2}([-.]\d{1,2})?)|(?<version>\d{1,2}([-.]\d{1,2})?)-(opus|sonnet|haiku))(?!\d)",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Named();
}
