namespace Polydev.Broker.Errors;

/// <summary>
/// What somebody wants to change of his account cannot be so. Each problem is a sentence for him, to stand beside its field; nothing has
/// been changed.
/// </summary>
internal sealed class RefusedChangeException(params IReadOnlyList<FieldProblem> problems)
    : Exception(string.Join(' ', problems.Select(problem => problem.Message)))
{
    /// <summary>It lies with no single field.</summary>
    public RefusedChangeException(string message)
        : this(new FieldProblem(string.Empty, message))
    {
    }

    public IReadOnlyList<FieldProblem> Problems { get; } = problems;
}

/// <param name="Field">One of <see cref="ChangeFields"/>; empty: none in particular.</param>
public sealed record FieldProblem(string Field, string Message)
{
    /// <summary>The most that the field may be, where that is what is wrong; else null.</summary>
    public int? Most { get; init; }
}

/// <summary>Names of fields, as the management API has them.</summary>
internal static class ChangeFields
{
    public const string Name = "name";
    public const string PerHour = "per_hour";
    public const string PerDay = "per_day";
    public const string PerMonth = "per_month";
    public const string Provider = "provider";
    public const string AllowOverage = "allow_overage";
    public const string ReservePercent = "reserve_percent";
}
