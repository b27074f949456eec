using System.Globalization;
using Polydev.Broker.Errors;
using Polydev.Broker.Reference;

namespace Polydev.Broker.Manage;

/// <summary>
/// What stands behind the question mark: each name once, and none but those of the endpoint's <see cref="ApiOperation"/>. What is empty
/// counts as not sent.
/// </summary>
internal sealed class ManageQuery
{
    private readonly IQueryCollection _sent;

    private ManageQuery(IQueryCollection sent) => _sent = sent;

    /// <exception cref="RefusedChangeException">A name is unknown, stands twice, or has a value that cannot be.</exception>
    public static ManageQuery Read(HttpContext context)
    {
        var known = ApiOperation.Of(context)!.Query;
        var problems = context.Request.Query
            .Select(sent => (sent.Key, Problem: ProblemOf(sent.Value, known.FirstOrDefault(field => field.Name == sent.Key))))
            .Where(found => found.Problem is not null)
            .Select(found => new FieldProblem(found.Key, found.Problem!))
            .ToList();
        return problems.Count == 0 ? new ManageQuery(context.Request.Query) : throw new RefusedChangeException(problems);
    }

    /// <summary>Null where it was not sent.</summary>
    public string? Text(string name) => _sent[name].ToString() is { Length: > 0 } text ? text : null;

    public int? Number(string name) => Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    public DateOnly? Day(string name) => Text(name) is { } text ? DayOf(text) : null;

    public DateTimeOffset? Time(string name) => Text(name) is { } text ? TimeOf(text) : null;

    private static string? ProblemOf(Microsoft.Extensions.Primitives.StringValues sent, ApiField? field) =>
        field is null ? "There is no such parameter."
        : sent.Count > 1 ? "It stands more than once."
        : string.IsNullOrEmpty(sent) ? null
        : field.Words.Count > 0 ? field.Words.Contains(sent.ToString()) ? null : $"One of: {string.Join(", ", field.Words)}."
        : field.Kind switch
        {
            ApiFieldKind.Number when !int.TryParse(sent, NumberStyles.None, CultureInfo.InvariantCulture, out _) => "A whole number.",
            ApiFieldKind.Day when DayOf(sent!) is null => "A day such as 2026-11-27.",
            ApiFieldKind.Time when TimeOf(sent!) is null => "A time such as 2026-11-27T14:00:00Z.",
            _ => null,
        };

    private static DateOnly? DayOf(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static DateTimeOffset? TimeOf(string text) => DateTimeOffset.TryParseExact(
        text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static readonly string[] Formats =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
}
