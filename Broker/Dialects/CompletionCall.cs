using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Dialects;

/// <summary>A read request: what goes into the work, and what the answer must remember of the request.</summary>
internal sealed record CompletionCall
{
    // Claude Code 2.1.197 cuts a tool's description there, 2.1.330 does not. What lies between is taken for the older.
    private const int LongestDescription = 2048;
    private static readonly Version CutsNoDescription = new(2, 1, 330);

    /// <summary>The model id as the caller wrote it: routes the call, and is what the answer calls the model.</summary>
    public required string Model { get; init; }

    /// <summary>Empty once it has been handed to a tunnel.</summary>
    public required Conversation Conversation { get; init; }

    public ToolOffer Offer { get; init; } = ToolOffer.None;

    /// <summary>Null where any text will do.</summary>
    public AnswerFormat? Format { get; init; }

    /// <summary>The answer tells a call in OpenAI's form of 2023, which has room for one and no id.</summary>
    public bool CallsFunctions { get; init; }

    /// <summary>Null where nothing is asked of the sampler.</summary>
    public Sampling? Sampling { get; init; }

    /// <summary>Null where nothing is asked of the model's thinking.</summary>
    public ThinkingControl? Thinking { get; init; }

    /// <summary>The caller asked to see thoughts, in a dialect that has a word for them.</summary>
    public bool ShowsThoughts => Thinking is { IncludeThoughts: true };

    /// <summary>OpenAI's <c>reasoning.encrypted_content</c>: shown thoughts carry their vendor's signature.</summary>
    public bool SignsThoughts { get; init; }

    public bool Stream { get; init; }

    /// <summary>OpenAI's <c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>
    /// Where the answer tells the input's tokens from its beginning, as Anthropic's and Google's streams do, in the dialect's words; null:
    /// at its end alone.
    /// </summary>
    public string? EarlyInputField { get; init; }

    /// <summary>That figure where it is told before it is known, in tokens; 0 where the CLI tells it in time.</summary>
    public ulong EstimatedInput { get; private init; }

    /// <summary>
    /// The text that the answer goes on from, and is not to repeat; null: it is an answer of its own. One in a form begins anew.
    /// </summary>
    public string? Begun => Format is null && Conversation.Prefill?.Begun is { Length: > 0 } begun ? begun : null;

    /// <summary>Google's stream as server-sent events and not as a JSON array.</summary>
    public bool ServerSentEvents { get; init; }

    /// <summary>What OpenAI's Responses write back as it was sent.</summary>
    public RequestEcho Echo { get; init; } = RequestEcho.Nothing;

    /// <summary>Null where nobody may come back to the answer.</summary>
    public AnswerToStore? ToStore { get; init; }

    /// <summary>The id of the answer, in the dialect's form (<c>chatcmpl-…</c>, <c>msg_…</c>).</summary>
    public required string AnswerId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// Request fields, in the dialect's own names, by the feature they ask for: those that the CLI does not honour are named in
    /// <c>x-polydev-ignored</c>.
    /// </summary>
    public IReadOnlyList<RequestedFeature> Requested { get; init; } = [];

    /// <summary>
    /// Before it is counted: an answer without the tools would be to another question, and one in another form would be read in vain.
    /// </summary>
    /// <exception cref="ApiException">
    /// The CLI takes no tools, and there are some; or no form, and one is asked for; or not the pictures and documents.
    /// </exception>
    public void CheckServedBy(ModelRoute route)
    {
        if (!route.Honours.Contains(RequestFeatures.Tools) && Offer.Served.Count > 0)
        {
            throw new ApiException(ApiError.Invalid(
                Offer.Field,
                $"Tools are not served by {NameOf(route.Provider)} yet: leave '{Offer.Field}' out, or name a model whose CLI takes them."));
        }

        if (!route.Honours.Contains(RequestFeatures.StructuredOutput) && Format is { Field: var field })
        {
            throw new ApiException(ApiError.Invalid(
                field,
                $"Structured outputs are not served by {NameOf(route.Provider)} yet: leave '{field}' out, or name a model whose CLI takes "
                + "them."));
        }

        MediaFit.Check(Conversation, route);
    }

    /// <summary>The work for a tunnel: made once, and not altered after.</summary>
    /// <param name="id">Of the work: the request's own.</param>
    public WorkItem ToWork(string id, ModelRoute route)
    {
        var fit = SamplingFit.Of(this, route);
        var work = new WorkItem
        {
            WorkId = id,
            Provider = route.Provider,
            Model = route.Model,
            Instructions = Conversation.Instructions,
            Sampling = fit.Sampling,
            Thinking = fit.Thinking,
            ResponseFormat = Format?.Form,
            Streamed = Stream,
            InitialCredit = TunnelProtocol.CreditWindow,
        };
        work.Messages.Add(Conversation.Messages);
        work.Tools.Add(Offer.Served);
        if (work.Tools.Count > 0 && Offer.IsChosen)
        {
            work.ToolChoice = Offer.Choice;
        }

        return work;
    }

    /// <summary>
    /// What the answer needs of it. The conversation is the tunnel's from here: it is not held for as long as the answer takes.
    /// </summary>
    public CompletionCall HandedTo(ModelRoute route) => this with
    {
        Conversation = Conversation.Empty,
        ToStore = route.Stores ? ToStore : null,
        EstimatedInput = EstimatesInput(route) ? TokenEstimate.Of(Conversation, Offer.Served, Format) : 0,
    };

    /// <summary>The fields that the CLI does not honour, or that its model takes only in part: for <c>x-polydev-ignored</c>.</summary>
    public IReadOnlyList<string> IgnoredBy(ModelRoute route)
    {
        if (Requested.Count == 0)
        {
            return [];
        }

        var altered = SamplingFit.Of(this, route).Altered;
        return [.. Requested
            .Where(asked => !route.Honours.Contains(asked.Feature) || altered.Contains(asked.Feature))
            .Select(asked => asked.Field)];
    }

    /// <summary>What reaches the vendor otherwise than it was sent: for <c>x-polydev-altered</c>.</summary>
    public string? AlteredBy(ModelRoute route) =>
        string.Join(", ", route.Provider switch
        {
            Providers.Gemini => [.. AlteredHere(), .. AlteredByGemini()],
            Providers.Claude => [.. AlteredHere(), .. AlteredByClaude(route.CliVersion)],
            Providers.Codex => [.. AlteredHere(), .. MediaFit.AlteredByCodex(Conversation)],
            _ => AlteredHere(),
        }) is { Length: > 0 } altered ? altered : null;

    // It ends with a word of the user's that the caller did not write.
    private string[] AlteredHere() => Conversation.Prefill is { Field: var field } ? [field] : [];

    private IEnumerable<string> AlteredByGemini()
    {
        if (!GeminiInstructions.ArriveAsTheyAre(Conversation.Instructions))
        {
            yield return "system";
        }

        // The CLI puts a parameter of its own, wait_for_previous, into the schema of each tool (0.61.0).
        if (Offer.Served.Count > 0)
        {
            yield return $"{Offer.Field}.schema";
        }
    }

    /// <summary>
    /// The token figures that nobody counts in time: for <c>x-polydev-estimated</c>. Claude Code alone tells its input's before the answer,
    /// and takes a limit; the tunnel holds the others to it.
    /// </summary>
    public string? EstimatedBy(ModelRoute route)
    {
        var (input, limit) = (EstimatesInput(route) ? EarlyInputField : null, LimitHeldBy(route));
        return input is null || limit is null ? input ?? limit : $"{input}, {limit}";
    }

    // Null where there is none, where the vendor is told of it, or where it is passed over.
    private string? LimitHeldBy(ModelRoute route) =>
        route.Provider != Providers.Claude && route.Honours.Contains(RequestFeatures.MaxOutputTokens)
            ? Requested.FirstOrDefault(asked => asked.Feature == RequestFeatures.MaxOutputTokens)?.Field
            : null;

    private bool EstimatesInput(ModelRoute route) => EarlyInputField is not null && route.Provider != Providers.Claude;

    private IEnumerable<string> AlteredByClaude(string cliVersion)
    {
        if (Offer.Served.Any(tool => tool.Description.Length > LongestDescription)
            && !(Version.TryParse(cliVersion, out var version) && version >= CutsNoDescription))
        {
            yield return $"{Offer.Field}.description";
        }

        // Claude Code takes none at the root: the tunnel makes one object of its branches, of which nothing is required.
        if (Offer.Served.Any(tool => ToolSchema.IsChoice(tool.InputSchemaJson)))
        {
            yield return $"{Offer.Field}.schema";
        }

        foreach (var picture in MediaFit.AlteredByClaude(Conversation))
        {
            yield return picture;
        }
    }

    internal static string NameOf(string provider) => provider switch
    {
        Providers.Claude => "Claude Code",
        Providers.Codex => "Codex CLI",
        Providers.Gemini => "Gemini CLI",
        _ => provider,
    };
}

/// <summary>A field that asks for something not every CLI can do.</summary>
/// <param name="Field">The dialect's name of it: <c>max_completion_tokens</c>.</param>
/// <param name="Feature">
/// One of <see cref="Polydev.Shared.Models.RequestFeatures"/>; empty where no CLI can honour it (<c>frequency_penalty</c>).
/// </param>
internal sealed record RequestedFeature(string Field, string Feature)
{
    private const int MostKinds = 16;

    /// <summary>
    /// Names a kind of part or item that we do not know, once, and the list itself past the sixteenth kind. What the assistant once did
    /// must not cost the conversation (the wire's facts): it is left out, and the caller is told. What the user says is refused instead:
    /// the answer would be to another question.
    /// </summary>
    /// <param name="list">Where such things stand: <c>input</c>.</param>
    public static void PassOver(List<RequestedFeature> requested, string list, string kind)
    {
        // The name ends in a header: a caller's own text must not.
        var isWord = kind.Length is > 0 and <= 40 && kind.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
        var passed = new RequestedFeature(isWord ? $"{list}.{kind}" : list, string.Empty);
        if (requested.Contains(passed))
        {
            return;
        }

        if (requested.Count(known => known.Feature.Length == 0 && known.Field.StartsWith(list, StringComparison.Ordinal)) >= MostKinds)
        {
            passed = passed with { Field = list };
        }

        Once(requested, passed);
    }

    /// <summary>What may be asked for by each of many tools.</summary>
    /// <param name="feature">Of <see cref="RequestFeatures"/>.</param>
    public static void Once(List<RequestedFeature> requested, string field, string feature) =>
        Once(requested, new RequestedFeature(field, feature));

    private static void Once(List<RequestedFeature> requested, RequestedFeature feature)
    {
        if (!requested.Contains(feature))
        {
            requested.Add(feature);
        }
    }
}

/// <summary>Settings of a request that its answer repeats; null where the caller sent none.</summary>
internal sealed record RequestEcho
{
    public static RequestEcho Nothing { get; } = new();

    public string? Instructions { get; init; }

    public string? Effort { get; init; }

    public string? Summary { get; init; }

    /// <summary>Of JSON: a word in quotes, or an object.</summary>
    public string? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }

    /// <summary>Of JSON: an object.</summary>
    public string? Metadata { get; init; }

    public string? User { get; init; }

    /// <summary>Of a compaction: the texts of the user's messages.</summary>
    public IReadOnlyList<IReadOnlyList<string>> UserTexts { get; init; } = [];

    public string? SafetyIdentifier { get; init; }

    public string? PromptCacheKey { get; init; }

    public string? PreviousResponseId { get; init; }
}
