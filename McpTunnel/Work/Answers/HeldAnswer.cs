using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>One asking's answer: folded, held against what was asked, and given out as far as it may be. Not thread-safe.</summary>
/// <param name="spent">By an asking before: the figures of both are the call's.</param>
internal sealed class HeldAnswer(AnswerChecks checks, Holding holding, Usage? spent)
{
    // The broker takes an item of which nothing is heard for dead: so often a figure is told again.
    private const int SilentEvents = 64;

    private readonly List<WorkEvent> _held = [];
    private readonly JsonText? _text = checks.HasFormat ? new JsonText() : null;
    private bool _holds = holding == Holding.All;
    private bool _hasGivenText;

    public Answer Answer { get; } = new();

    /// <summary>What is wrong with it; of several the first.</summary>
    public AnswerFault? Fault { get; private set; }

    public bool IsOver { get; private set; }

    /// <summary>A call, or a part of one, has been given out, and cannot be taken back.</summary>
    public bool HasGivenCalls { get; private set; }

    /// <summary>Of what is wrong a part has been given out.</summary>
    public bool IsBeyondRepair => Fault is { Call: null } ? _hasGivenText : Fault is not null && HasGivenCalls;

    public Usage? Used { get; private set; }

    /// <summary>The asking has ended with this call: the model's slip.</summary>
    public void Slipped(SlippedCall call)
    {
        IsOver = true;
        Fault ??= AnswerChecks.OfSlip(call);
    }

    /// <summary>The events to give out now.</summary>
    /// <exception cref="CliFailureException">INVALID_REQUEST: a schema takes too long to be held against.</exception>
    public IEnumerable<WorkEvent> Take(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Usage:
                Used = spent is null ? next.Usage : spent.Plus(next.Usage);
                return [new WorkEvent { Usage = Used }];
            case WorkEvent.KindOneofCase.Failed:
                IsOver = true;
                return [next];
            case WorkEvent.KindOneofCase.Text when _text is not null:
                return Put(WorkEvents.Text(_text.Take(next.Text.Text)));
            case WorkEvent.KindOneofCase.ToolCallStarted:
                return [.. Rest(), .. Put(next)];
            case WorkEvent.KindOneofCase.Finished:
                return [.. Rest(), .. End(next)];
            default:
                return Put(next);
        }
    }

    private IEnumerable<WorkEvent> Rest() => _text?.Release() is { Length: > 0 } rest ? Put(WorkEvents.Text(rest)) : [];

    private IEnumerable<WorkEvent> Put(WorkEvent next)
    {
        Answer.Add(next);
        _holds |= holding == Holding.Calls && next.KindCase == WorkEvent.KindOneofCase.ToolCallStarted;
        if (next.KindCase == WorkEvent.KindOneofCase.ToolCallFinished && Answer.ToolCalls.Count > 0)
        {
            Fault ??= checks.OfCall(Answer.ToolCalls[^1]);
        }

        if (!_holds)
        {
            return Fault is null ? Give(next) : [];
        }

        _held.Add(next);
        return _held.Count % SilentEvents == 0 ? [new WorkEvent { Usage = Used ?? spent ?? new Usage() }] : [];
    }

    // A text before calls stands, whatever comes of them; one that must have a form does not.
    private IEnumerable<WorkEvent> Give(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length == 0:
                return [];
            case WorkEvent.KindOneofCase.Text:
                _hasGivenText |= _text is not null;
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                HasGivenCalls = true;
                break;
        }

        return [next];
    }

    private IEnumerable<WorkEvent> End(WorkEvent finished)
    {
        IsOver = true;
        if (_text is not null && finished.Finished.StopReason == StopReason.EndTurn)
        {
            Fault ??= checks.OfText(Answer.Text);
        }

        return Fault is null ? [.. _held, finished] : [];
    }
}

/// <summary>How much of an answer is kept back until it is known to be good.</summary>
internal enum Holding
{
    /// <summary>The caller reads it as it comes.</summary>
    Nothing,

    /// <summary>From the first call on.</summary>
    Calls,

    All,
}
