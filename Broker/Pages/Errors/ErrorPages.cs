using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Errors;

/// <summary>The pages for what went wrong. None tells a trace, and none that a thing of another account exists.</summary>
internal static class ErrorPages
{
    /// <summary>A form that is too old, or was made elsewhere.</summary>
    public static Task ForeignFormAsync(HttpContext context) => WriteAsync(
        context,
        StatusCodes.Status403Forbidden,
        "Not done",
        "This form is too old, or came from elsewhere",
        "Nothing was changed. Go back, load the page again, and send it once more.");

    public static Task NotFoundAsync(HttpContext context) => WriteAsync(
        context,
        StatusCodes.Status404NotFound,
        "Not found",
        "There is nothing here.",
        "The address is wrong, or what it named has gone, or belongs to another account.",
        ("To the overview", PagePaths.Overview));

    /// <summary>For all, whoever is signed in: the address itself is none.</summary>
    public static Task NoSuchPageAsync(HttpContext context) => WriteAsync(
        context,
        StatusCodes.Status404NotFound,
        "Not found",
        "There is no such page.",
        "The address may be mistyped, or what it named was deleted. API calls go below /api/v1, for example /api/v1/chat/completions.",
        ("Go to the overview", PagePaths.Overview));

    /// <summary>An address that only a form of ours is sent to, opened by hand; or a form sent to what takes none.</summary>
    public static Task NotAllowedAsync(HttpContext context) => WriteAsync(
        context,
        StatusCodes.Status405MethodNotAllowed,
        "Not possible",
        "This address is not opened like that.",
        "A button of a page leads here, and nothing was changed. Go back to the page, and use its button.",
        ("Go to the overview", PagePaths.Overview));

    public static Task TooManyTriesAsync(HttpContext context) => WriteAsync(
        context,
        StatusCodes.Status429TooManyRequests,
        "Wait a minute",
        "Too many tries. Wait a minute.",
        "Nothing was changed, and nothing was used up.");

    /// <param name="id">Under which the log tells what it was.</param>
    public static Task DefectAsync(HttpContext context, string id) => Page.WriteAsync<ErrorPage>(
        context,
        StatusCodes.Status500InternalServerError,
        (nameof(ErrorPage.Number), StatusCodes.Status500InternalServerError),
        (nameof(ErrorPage.Title), "A mistake"),
        (nameof(ErrorPage.What), "The broker made a mistake."),
        (nameof(ErrorPage.Then), "Calls over the API are not affected. What happened stands in the broker’s log under this id:"),
        (nameof(ErrorPage.LookUpId), id),
        (nameof(ErrorPage.Way), ((string, string)?)("Try again", context.Request.Path.Value ?? PagePaths.Overview)));

    private static Task WriteAsync(
        HttpContext context, int status, string title, string what, string then, (string Title, string Path)? way = null) =>
        Page.WriteAsync<ErrorPage>(
            context,
            status,
            (nameof(ErrorPage.Number), status),
            (nameof(ErrorPage.Title), title),
            (nameof(ErrorPage.What), what),
            (nameof(ErrorPage.Then), then),
            (nameof(ErrorPage.Way), way));
}
