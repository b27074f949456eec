using System.Data.Common;
using System.Globalization;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Manage;

/// <summary>
/// Every error of the management API: <c>{"error":{"type","message","fields":[{"name","message","max"}]}}</c>. Fields are those of the
/// request that cannot be so; there are none where it lies with no field.
/// </summary>
internal sealed record ManageError(int Status, string Type, string Message)
{
    public IReadOnlyList<FieldProblem> Fields { get; init; } = [];

    /// <summary>Sent in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ManageError NotFound { get; } = new(
        StatusCodes.Status404NotFound, "not_found", "There is nothing here, or it has gone, or it belongs to another account.");

    /// <summary>What an exception means to the caller; null where it is a defect of ours.</summary>
    public static ManageError? Of(Exception e) => e switch
    {
        ManageException known => known.Error,
        RefusedChangeException refused when refused.Problems.All(problem => problem.Field.Length == 0) =>
            new ManageError(StatusCodes.Status409Conflict, "conflict", refused.Message),
        RefusedChangeException refused => new ManageError(
            StatusCodes.Status422UnprocessableEntity, "invalid_fields", "What was sent cannot be so. Nothing was changed.")
        {
            Fields = refused.Problems,
        },
        ApiException { Error: { Kind: ApiErrorKind.RateLimited } error } =>
            new ManageError(StatusCodes.Status429TooManyRequests, "rate_limited", error.Message) { RetryAfter = error.RetryAfter },
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => ManageBody.TooLarge,
        BadHttpRequestException bad => new ManageError(bad.StatusCode, "invalid_request", bad.Message),
        DbException => new ManageError(
            StatusCodes.Status503ServiceUnavailable, "unavailable", "The broker cannot reach its database. Try again."),
        _ => null,
    };

    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        var body = new ManageErrorBody(new ManageErrorDetail(
            Type, Message, [.. Fields.Select(field => new ManageErrorField(field.Field, field.Message, field.Most))]));
        await response.WriteAsJsonAsync(body, ManageJson.Default.ManageErrorBody, cancellationToken: CancellationToken.None);
    }
}

/// <summary>Ends a request of the management API.</summary>
internal sealed class ManageException(ManageError error) : Exception(error.Message)
{
    public ManageError Error { get; } = error;
}

internal sealed record ManageErrorBody(ManageErrorDetail Error);

/// <param name="Type">One word, for programs; <paramref name="Message"/> is for people.</param>
internal sealed record ManageErrorDetail(string Type, string Message, IReadOnlyList<ManageErrorField> Fields);

/// <param name="Max">The most that it may be, where that is what is wrong.</param>
internal sealed record ManageErrorField(string Name, string Message, int? Max);
