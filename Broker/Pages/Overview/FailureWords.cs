using Polydev.Broker.Calls;
using Polydev.Broker.Errors;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Overview;

/// <summary>Why calls failed, in few words: "2 × limit, 1 × no CLI".</summary>
internal static class FailureWords
{
    private const int Most = 3;

    public static string Of(IReadOnlyList<CallFailures> failures)
    {
        var words = failures.GroupBy(WordOf).Select(group => (Word: group.Key, Calls: group.Sum(one => one.Calls)))
            .OrderByDescending(one => one.Calls).ThenBy(one => one.Word, StringComparer.Ordinal).ToList();
        var told = words.Take(Most).Select(one => $"{Wording.Number(one.Calls)} × {one.Word}");
        var rest = words.Skip(Most).Sum(one => one.Calls);
        return string.Join(", ", rest == 0 ? told : told.Append($"{Wording.Number(rest)} more"));
    }

    private static string WordOf(CallFailures failures) => failures.RefusedBy switch
    {
        "vendor" => "vendor’s limit",
        { Length: > 0 } => "limit",
        _ => failures.Outcome switch
        {
            nameof(ApiErrorKind.TunnelOffline) => "offline",
            nameof(ApiErrorKind.NoProvider) or nameof(ApiErrorKind.NotLoggedIn) => "no CLI",
            nameof(ApiErrorKind.TimedOut) => "timed out",
            nameof(ApiErrorKind.RateLimited) or nameof(ApiErrorKind.Overloaded) => "too many at once",
            nameof(ApiErrorKind.Unauthenticated) or "revoked" => "key",
            nameof(ApiErrorKind.InvalidRequest) or nameof(ApiErrorKind.ModelNotFound) or nameof(ApiErrorKind.NotFound)
                or nameof(ApiErrorKind.TooLarge) or nameof(ApiErrorKind.ContextTooLong) => "request",
            _ => "CLI failed",
        },
    };
}
