using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>
/// The one place that says what a caller's tool is, and what of it the model may or must call. Dialects say what the caller wrote: first
/// its tools, then its choice among them. Belongs to one request.
/// </summary>
/// <param name="source">The field that holds the tools, in the caller's words.</param>
internal sealed class ToolOfferBuilder(string source)
{
    private readonly List<ToolSpec> _tools = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly ToolChoice _choice = new() { Mode = ToolChoiceMode.Auto };
    private Dictionary<string, TextTool>? _texts;
    private HashSet<string>? _allowed;

    public bool IsEmpty => _tools.Count == 0;

    /// <summary>The model is given no tool: there are none, or it may call none.</summary>
    public bool ServesNone => IsEmpty || _choice.Mode == ToolChoiceMode.None;

    public bool Has(string name) => _names.Contains(name);

    /// <summary>Takes a tool in; without a schema it takes no arguments.</summary>
    /// <param name="name">What to name where its name is not good.</param>
    /// <param name="schema">What to name where its schema is not good.</param>
    /// <exception cref="ApiException">One too many, or its name or its schema is none.</exception>
    public void Add(ToolSpec tool, FieldPath name, FieldPath schema)
    {
        if (_tools.Count == RequestBounds.Tools)
        {
            throw new ApiException(ApiError.Invalid(source, $"Invalid '{source}': more than {RequestBounds.Tools} tools in all."));
        }

        CheckName(tool.Name, name);
        tool.InputSchemaJson = ToolSchema.Of(tool.InputSchemaJson, schema);
        _tools.Add(tool);
    }

    /// <summary>Takes in a tool that is given a text.</summary>
    /// <param name="name">What to name where its name is not good.</param>
    /// <exception cref="ApiException">One too many, or its name is none.</exception>
    public void Add(TextTool tool, FieldPath name)
    {
        Add(tool.ToSpec(), name, name);
        (_texts ??= new Dictionary<string, TextTool>(StringComparer.Ordinal)).Add(tool.Name, tool);
    }

    /// <summary>The model may call no tool: it is given none.</summary>
    public void Forbid() => _choice.Mode = ToolChoiceMode.None;

    /// <summary>The model must call a tool.</summary>
    public void Require() => _choice.Mode = ToolChoiceMode.Required;

    /// <summary>The model must call this tool.</summary>
    /// <exception cref="ApiException">There is none of that name.</exception>
    public void Require(string name, FieldPath path)
    {
        CheckIsOffered(name, path);
        (_choice.Mode, _choice.Name) = (ToolChoiceMode.Named, name);
    }

    /// <summary>Only what is allowed is given to the model, where anything is.</summary>
    /// <exception cref="ApiException">There is none of that name.</exception>
    public void Allow(string name, FieldPath path)
    {
        CheckIsOffered(name, path);
        (_allowed ??= new HashSet<string>(StringComparer.Ordinal)).Add(name);
    }

    /// <summary>At most one call in an answer.</summary>
    public void AllowOneCall() => _choice.DisableParallel = true;

    public ToolOffer Build() => IsEmpty ? ToolOffer.None : new ToolOffer(source, _tools, _choice, Served()) { Texts = _texts };

    private List<ToolSpec> Served() => ServesNone ? []
        : _allowed is { } allowed ? [.. _tools.Where(tool => allowed.Contains(tool.Name))]
        : _tools;

    // The names that one of the vendors takes: OpenAI's letters, digits, _ and -, Google's dots and colons too, Anthropic's 128 of them.
    private void CheckName(string name, FieldPath path)
    {
        if (name.Length is 0 or > RequestBounds.OfferedName
            || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or ':'))
        {
            throw new ApiException(ApiError.Invalid(
                path.ToString(),
                $"Invalid '{path}': a tool's name is 1 to {RequestBounds.OfferedName} letters (a-z, A-Z), digits, '_', '-', '.' and ':'."));
        }

        if (!_names.Add(name))
        {
            throw new ApiException(ApiError.Invalid(path.ToString(), $"Invalid '{path}': two tools have the name '{name}'."));
        }
    }

    private void CheckIsOffered(string name, FieldPath path)
    {
        if (!_names.Contains(name))
        {
            throw new ApiException(ApiError.Invalid(path.ToString(), $"Invalid '{path}': '{source}' holds no tool of the name '{name}'."));
        }
    }
}

/// <summary>The caller's tools, and what the model may or must do with them.</summary>
/// <param name="Field">Where they stand in the request, in the caller's words.</param>
/// <param name="Tools">All of them, also those that the choice leaves out.</param>
/// <param name="Served">What a CLI is given: those that the choice leaves.</param>
internal sealed record ToolOffer(string Field, IReadOnlyList<ToolSpec> Tools, ToolChoice Choice, IReadOnlyList<ToolSpec> Served)
{
    public static ToolOffer None { get; } = new(string.Empty, [], new ToolChoice { Mode = ToolChoiceMode.Auto }, []);

    /// <summary>Those of them that are given a text, by name; null where none is.</summary>
    public IReadOnlyDictionary<string, TextTool>? Texts { get; init; }

    /// <summary>It asks for more than what holds where nothing is said.</summary>
    public bool IsChosen => Choice.DisableParallel || Choice.Mode != ToolChoiceMode.Auto;

    public bool GivesText(string name) => Texts?.ContainsKey(name) == true;
}
