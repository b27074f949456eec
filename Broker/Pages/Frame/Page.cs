using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Frame;

/// <summary>
/// Answers with a page: a Razor component, rendered once, on the server, without any part of the framework in the browser. A page is a
/// function of its parameters; who looks at it, and the field that its forms bear, come to it from above.
/// </summary>
internal static class Page
{
    public static Task WriteAsync<TView>(HttpContext context, params (string Name, object? Value)[] parameters)
        where TView : IComponent =>
        WriteAsync<TView>(context, StatusCodes.Status200OK, parameters);

    public static async Task WriteAsync<TView>(HttpContext context, int status, params (string Name, object? Value)[] parameters)
        where TView : IComponent
    {
        // Whole before it is sent: what fails in it is an error page, and no half page.
        var html = await RenderAsync(
            context.RequestServices,
            Viewer.Of(context),
            FormFieldOf(context),
            typeof(TView),
            parameters.ToDictionary(pair => pair.Name, pair => pair.Value));
        await WriteAsync(context, status, html);
    }

    /// <summary>To where a form's result stands: a reload there sends nothing again.</summary>
    public static void SeeOther(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }

    /// <summary>A page that is kept up to date, as it is first shown.</summary>
    public static async Task WriteAsync(HttpContext context, PageContent content) => await WriteAsync(
        context,
        StatusCodes.Status200OK,
        await RenderAsync(context.RequestServices, Viewer.Of(context), FormFieldOf(context), content.View, content.Parameters));

    /// <summary>The parts of a page, by their ids, as they are sent behind the page that stands. No form of ours may be in it.</summary>
    public static async Task<Dictionary<string, string>> RenderPartsAsync(IServiceProvider services, Viewer viewer, PageContent content) =>
        LivePart.Cut(await RenderAsync(services, viewer with { IsLive = true }, null, content.View, content.Parameters));

    private static async Task WriteAsync(HttpContext context, int status, string html)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        await response.WriteAsync($"<!doctype html>\n{html}", context.RequestAborted);
    }

    private static async Task<string> RenderAsync(
        IServiceProvider services, Viewer viewer, FormField? field, Type view, Dictionary<string, object?> parameters)
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<PageRoot>(ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(PageRoot.Viewer)] = viewer,
                [nameof(PageRoot.Field)] = field,
                [nameof(PageRoot.View)] = view,
                [nameof(PageRoot.Parameters)] = parameters,
            }));
            return root.ToHtmlString();
        });
    }

    private static FormField FormFieldOf(HttpContext context)
    {
        var tokens = context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context);
        return new FormField(tokens.FormFieldName, tokens.RequestToken!);
    }
}
