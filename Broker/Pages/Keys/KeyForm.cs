using System.Globalization;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Pages.Keys;

/// <summary>What stands in the fields of a key, as it was typed, and what is wrong with it.</summary>
public sealed record KeyForm
{
    /// <summary>The field of a rotation, beside those of <see cref="ChangeFields"/>.</summary>
    internal const string OldSecret = "old_secret";

    public static KeyForm Empty { get; } = new();

    public string Name { get; init; } = string.Empty;

    public string PerHour { get; init; } = string.Empty;

    public string PerDay { get; init; } = string.Empty;

    public string PerMonth { get; init; } = string.Empty;

    public IReadOnlyList<FieldProblem> Problems { get; init; } = [];

    /// <summary>409 where it lies with no field of the key: it might be done later, as it is.</summary>
    internal int Status => Problems.Count == 0 ? StatusCodes.Status200OK
        : Problems.All(problem => problem.Field is "" or OldSecret) ? StatusCodes.Status409Conflict
        : StatusCodes.Status422UnprocessableEntity;

    public static KeyForm Of(ApiKey key) => new()
    {
        Name = key.Name,
        PerHour = Text(key.Credential.PerHour),
        PerDay = Text(key.Credential.PerDay),
        PerMonth = Text(key.Credential.PerMonth),
    };

    public static KeyForm Read(IFormCollection form) => new()
    {
        Name = form[ChangeFields.Name].ToString(),
        PerHour = form[ChangeFields.PerHour].ToString(),
        PerDay = form[ChangeFields.PerDay].ToString(),
        PerMonth = form[ChangeFields.PerMonth].ToString(),
    };

    public string? ProblemOf(string field) => Problems.FirstOrDefault(problem => problem.Field == field)?.Message;

    /// <summary>There the focus goes.</summary>
    public bool IsFirstProblem(string field) => Problems is [{ } first, ..] && first.Field == field;

    /// <summary>An empty field is the tier's limit.</summary>
    /// <exception cref="RefusedChangeException">One is no number.</exception>
    internal KeyLimits ReadLimits()
    {
        List<FieldProblem> problems = CredentialName.TryRead(Name) is null ? [new(ChangeFields.Name, CredentialName.Problem)] : [];
        var hasAll = problems.Count;
        var limits = new KeyLimits(
            Read(ChangeFields.PerHour, PerHour), Read(ChangeFields.PerDay, PerDay), Read(ChangeFields.PerMonth, PerMonth));
        return problems.Count == hasAll ? limits : throw new RefusedChangeException(problems);

        int? Read(string field, string typed)
        {
            if (string.IsNullOrWhiteSpace(typed))
            {
                return null;
            }

            const NumberStyles AsPeopleWriteIt =
                NumberStyles.AllowThousands | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
            if (int.TryParse(typed, AsPeopleWriteIt, CultureInfo.InvariantCulture, out var limit))
            {
                return limit;
            }

            problems.Add(new FieldProblem(field, "A whole number from 1."));
            return null;
        }
    }

    private static string Text(int? limit) => limit?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;
}
