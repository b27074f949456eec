using System.Collections.Immutable;

namespace Polydev.ModelProvider.Scripts;

/// <summary>What the provider does with one request, step by step. Immutable: every method gives a longer script.</summary>
public sealed record ProviderScript
{
    public static ProviderScript Empty { get; } = new();

    public ImmutableList<ProviderStep> Steps { get; private init; } = [];

    /// <summary>Null: the answer carries no usage (Anthropic's then says zero, its clients need the object).</summary>
    public ProviderUsage? Usage { get; private init; } = new(100, 7);

    public ProviderFinish Finish { get; private init; }

    /// <summary>The sequence that stopped the model, with <see cref="ProviderFinish.StopSequence"/>.</summary>
    public string? StopSequence { get; private init; }

    /// <summary>Null: the answer's headers tell nothing of the caller's windows.</summary>
    public ProviderWindows? Windows { get; private init; }

    /// <summary>An answer of text, each piece a delta of its own.</summary>
    public static ProviderScript Say(params string[] pieces) => Empty.Text(pieces);

    /// <summary>A vendor's HTTP error, with its usual body for the status.</summary>
    public static ProviderScript Fail(int status, string message, params (string Name, string Value)[] headers) =>
        Empty.Add(new ProviderStep.Error(status, message, null, headers.ToDictionary(header => header.Name, header => header.Value)));

    /// <summary>An HTTP error with a body of the test's own.</summary>
    public static ProviderScript FailWith(int status, string bodyJson, params (string Name, string Value)[] headers) =>
        Empty.Add(new ProviderStep.Error(
            status, string.Empty, bodyJson, headers.ToDictionary(header => header.Name, header => header.Value)));

    public ProviderScript Text(params string[] pieces) =>
        this with { Steps = Steps.AddRange(pieces.Select(piece => new ProviderStep.Text(piece))) };

    public ProviderScript Thinking(params string[] pieces) =>
        this with { Steps = Steps.AddRange(pieces.Select(piece => new ProviderStep.Thinking(piece))) };

    /// <summary>Several in a row are parallel calls of one answer. Without an id, one is made that is unique in the answer.</summary>
    public ProviderScript ToolCall(string name, string argumentsJson = "{}", string? id = null) =>
        Add(new ProviderStep.ToolCall(id ?? $"call_{Steps.Count + 1}", name, argumentsJson));

    /// <summary>
    /// An output item in the vendor's own JSON, for kinds that the other steps have no word for (<c>local_shell_call</c>).
    /// </summary>
    public ProviderScript Raw(string json) => Add(new ProviderStep.Raw(json));

    /// <summary>Waits until the gate is opened.</summary>
    public ProviderScript Wait(ProviderGate gate) => Add(new ProviderStep.Wait(gate));

    /// <summary>Fails in the middle of the stream.</summary>
    /// <param name="type">Anthropic's error type, OpenAI's code, Google's status.</param>
    public ProviderScript MidStreamError(string type, string message) => Add(new ProviderStep.MidStreamError(type, message));

    /// <summary>The other script's steps behind these; the rest is the other's.</summary>
    public ProviderScript Append(ProviderScript next) => next with { Steps = Steps.AddRange(next.Steps) };

    public ProviderScript Cut() => Add(new ProviderStep.Cut());

    public ProviderScript Hang() => Add(new ProviderStep.Hang());

    public ProviderScript FinishWith(ProviderFinish finish, string? stopSequence = null) =>
        this with { Finish = finish, StopSequence = stopSequence };

    /// <summary>The answer, or the error, comes with the vendor's headers about a subscription's windows. Google has none.</summary>
    public ProviderScript WithWindows(ProviderWindows? windows) => this with { Windows = windows };

    public ProviderScript WithUsage(ProviderUsage? usage) => this with { Usage = usage };

    private ProviderScript Add(ProviderStep step) => this with { Steps = Steps.Add(step) };
}

/// <summary>Why the model stops, each in the dialect's own word.</summary>
public enum ProviderFinish
{
    /// <summary>Tool calls when the answer has any, else the end of the turn.</summary>
    Natural,
    Length,
    StopSequence,

    /// <summary>Anthropic's refusal, OpenAI's content_filter, Gemini's SAFETY.</summary>
    Refusal,
}

/// <summary>
/// Tokens as one figure for all dialects. <see cref="Input"/> counts fresh, cache-read and cache-written tokens together, as OpenAI and
/// Google report it; Anthropic's fields get the difference. <see cref="Output"/> includes <see cref="Reasoning"/> (Google's fields get
/// the difference).
/// </summary>
public sealed record ProviderUsage(int Input, int Output)
{
    public int CacheRead { get; init; }

    public int CacheWrite { get; init; }

    public int Reasoning { get; init; }
}

/// <summary>Answers with the question, so that an answer which reaches the wrong caller is seen.</summary>
public static class DefaultScript
{
    public static ProviderScript For(string lastUserText) => ProviderScript.Say("You said: ", lastUserText, ".");

    /// <summary>The whole text that <see cref="For"/> gives.</summary>
    public static string TextFor(string lastUserText) => $"You said: {lastUserText}.";
}
