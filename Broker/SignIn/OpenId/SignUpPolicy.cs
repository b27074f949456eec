namespace Polydev.Broker.SignIn.OpenId;

/// <summary>Who may open an account by signing in. Who has one signs in whatever the policy is.</summary>
internal sealed class SignUpPolicy
{
    public static readonly SignUpPolicy Open = new(domains: null);

    public static readonly SignUpPolicy Closed = new([]);

    private const string DomainPrefix = "domain:";

    private readonly string[]? _domains;

    private SignUpPolicy(string[]? domains) => _domains = domains;

    /// <summary>Reads <c>open</c>, <c>closed</c>, or <c>domain:</c> with names and commas between; null where it is none of them.</summary>
    public static SignUpPolicy? Parse(string text) => text switch
    {
        "open" => Open,
        "closed" => Closed,
        _ when text.StartsWith(DomainPrefix, StringComparison.Ordinal) => OfDomains(text[DomainPrefix.Length..]),
        _ => null,
    };

    /// <param name="email">Only one that the provider says it has verified: anybody may claim any other.</param>
    /// <returns>Null where the person may open an account.</returns>
    public SignInProblem? RefusalOf(string? email) => _domains switch
    {
        null => null,
        [] => SignInProblem.Closed,
        _ when email is null => SignInProblem.Unverified,

        // Whole names: who is in a domain is in none below it.
        _ when _domains.Contains(email[(email.LastIndexOf('@') + 1)..], StringComparer.OrdinalIgnoreCase) => null,
        _ => SignInProblem.OtherDomain,
    };

    private static SignUpPolicy? OfDomains(string list)
    {
        var domains = list.Split(',', StringSplitOptions.TrimEntries);
        return domains.All(domain => Uri.CheckHostName(domain) == UriHostNameType.Dns) ? new SignUpPolicy(domains) : null;
    }
}
