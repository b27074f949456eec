using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Tools;

/// <summary>
/// What a request's choice leaves of the caller's tools, for a CLI that cannot give its vendor a choice: with "none" nothing is mounted,
/// with a named tool that one alone, and that it must be called, or only one at a time, is for the adapter to see to.
/// </summary>
internal sealed record CliToolChoice
{
    public static CliToolChoice Nothing { get; } = new();

    /// <summary>To be mounted.</summary>
    public IReadOnlyList<ToolSpec> Specs { get; private init; } = [];

    /// <summary>An answer without a call is none.</summary>
    public bool MustCall { get; private init; }

    /// <summary>The one that must be called; null where any will do.</summary>
    public string? Name { get; private init; }

    /// <summary>Of the model's calls the first is given out.</summary>
    public bool IsSingle { get; private init; }

    /// <exception cref="CliFailureException">INVALID_REQUEST: a tool is to be called that is not among them.</exception>
    public static CliToolChoice Of(WorkItem item)
    {
        var choice = item.ToolChoice ?? new ToolChoice();
        if (item.Tools.Count == 0 || choice.Mode == ToolChoiceMode.None)
        {
            return Nothing;
        }

        var isNamed = choice.Mode == ToolChoiceMode.Named;
        List<ToolSpec> specs = [.. item.Tools.Where(tool => !isNamed || tool.Name == choice.Name)];
        return specs.Count == 0 ? throw NotAmongThem() : new CliToolChoice
        {
            Specs = specs,
            MustCall = isNamed || choice.Mode == ToolChoiceMode.Required,
            Name = isNamed ? choice.Name : null,
            IsSingle = choice.DisableParallel,
        };
    }

    public static CliFailureException NotAmongThem() =>
        new(FailureKind.InvalidRequest, "The tool that is to be called is not among the tools.", 400);
}
