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
        var html = await RenderAsync<TView>(context.RequestServices, Viewer.Of(context), FormFieldOf(context), parameters);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        await response.WriteAsync($"<!doctype html>\n{html}", context.RequestAborted);
    }

    /// <summary>A part of a page alone, as it is sent behind a page that stands.</summary>
    public static Task<string> RenderAsync<TView>(
        IServiceProvider services, Viewer viewer, FormField? field, params (string Name, object? Value)[] parameters)
        where TView : IComponent =>
        RenderAsync(services, viewer, field, typeof(TView), parameters.ToDictionary(pair => pair.Name, pair => pair.Value));

    /// <summary>To where a form's result stands: a reload there sends nothing again.</summary>
    public static void SeeOther(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
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
