namespace Polydev.Broker.Pages;

/// <summary>What several pages say.</summary>
internal static class PageMarkup
{
    public static readonly PageContent ForeignForm = new("Not done", Html.Of($"""
        <p class="small faint">403</p>
        <h1>This form is too old, or came from elsewhere</h1>
        <p class="lede">Nothing was changed. Go back, load the page again, and send it once more.</p>
        """));

    public static readonly PageContent TooManyTries = new("Wait a minute", Html.Of($"""
        <p class="small faint">429</p>
        <h1>Too many tries. Wait a minute.</h1>
        <p class="lede">Nothing was changed, and nothing was used up.</p>
        """));

    /// <summary>Above a title, after something went wrong: a screen reader says it first.</summary>
    public static Html Problem(string what, string then) => Html.Of($"""
        <div class="note-box is-warn" role="alert"><p class="strong">{what}</p><p class="muted">{then}</p></div>
        """);
}
