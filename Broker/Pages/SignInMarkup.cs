using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages;

/// <summary>What the pages of signing in and out say.</summary>
internal static class SignInMarkup
{
    /// <param name="problem">What was wrong with the link that was brought; null where none was.</param>
    public static PageContent Ask(Html field, SignInLinkState? problem) => new("Sign in", Html.Of($"""
        {Problem(problem)}
        <h1>Sign in to your broker</h1>
        <p class="lede">The link stands in the terminal where <code>polydev-broker serve</code> runs. This makes another:</p>
        <pre class="code" tabindex="0" role="group" aria-label="the command"><code>polydev-broker account link</code></pre>
        <form class="form" action="{SignInLinks.Path}" method="post">{field}
        <div class="field"><label for="link">Or paste the link</label>
        <input class="in" id="link" name="link" autocomplete="one-time-code" spellcheck="false" required aria-describedby="help">
        <p class="help" id="help">Works once, for 15 minutes.</p></div>
        <button class="btn btn-go btn-wide" type="submit">Sign in</button></form>
        """));

    public static PageContent Confirm(Html field, string host, string account, string link) => new("Sign in", Html.Of($"""
        <h1>Sign in to {host} as {account}</h1>
        <p class="lede">The link works once: this button uses it up.</p>
        <form class="form" action="{SignInLinks.Path}" method="post">{field}
        <input type="hidden" name="link" value="{link}">
        <button class="btn btn-go btn-wide" type="submit" autofocus>Sign in</button></form>
        """));

    public static PageContent SignOut(Html field, string account) => new("Sign out", Html.Of($"""
        <h1>Sign out</h1>
        <p class="lede">This browser is signed in as {account}. “Sign out everywhere” ends every session of the account, this one
        too.</p>
        <form class="form" action="{SignInPages.SignOutPath}" method="post">{field}
        <button class="btn btn-go btn-wide" type="submit">Sign out</button>
        <button class="btn btn-wide" type="submit" name="everywhere" value="yes">Sign out everywhere</button></form>
        """));

    private static Html Problem(SignInLinkState? problem) => problem switch
    {
        null or SignInLinkState.Good => Html.None,
        SignInLinkState.Used => PageMarkup.Problem(
            "This link was used before.", "Each link signs in one browser, once. Make a new one on the computer that runs the broker."),
        SignInLinkState.Expired => PageMarkup.Problem(
            "This link has expired. Each works for 15 minutes.", "The command below makes another."),
        _ => PageMarkup.Problem("There is no such link.", "Copy it again, whole and alone."),
    };
}
