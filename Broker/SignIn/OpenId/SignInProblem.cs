namespace Polydev.Broker.SignIn.OpenId;

/// <summary>Why a sign-in at the provider came to nothing, as the sign-in page is told in its address.</summary>
public enum SignInProblem
{
    /// <summary>The answer was not the provider's, not for this browser, or too old.</summary>
    NotConfirmed,

    /// <summary>The provider was told no, or told so itself.</summary>
    Stopped,

    /// <summary>The provider cannot be reached.</summary>
    NotAnswering,

    /// <summary>No new accounts.</summary>
    Closed,

    /// <summary>Accounts are for some domains, and the provider vouches for no address.</summary>
    Unverified,

    /// <summary>Accounts are for other domains.</summary>
    OtherDomain,
}

internal static class SignInProblems
{
    private const string Parameter = "problem";

    /// <summary>The sign-in page that tells it.</summary>
    public static string PagePath(this SignInProblem problem) => $"{SignInLinks.Path}?{Parameter}={problem}";

    /// <summary>Null where the address names none.</summary>
    public static SignInProblem? Of(HttpContext context) =>
        context.Request.Query[Parameter].ToString() is { Length: > 0 } name
        && Enum.GetValues<SignInProblem>().Where(problem => problem.ToString() == name).ToArray() is [var known]
            ? known
            : null;
}
