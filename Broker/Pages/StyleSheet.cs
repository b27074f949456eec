namespace Polydev.Broker.Pages;

/// <summary>The one style sheet, embedded: no page has a style of its own.</summary>
internal static class StyleSheet
{
    public const string Path = "/polydev.css";

    private static readonly byte[] Text = Load();

    public static async Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "text/css; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.ContentLength = Text.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(Text, context.RequestAborted);
        }
    }

    private static byte[] Load()
    {
        using var stream = typeof(StyleSheet).Assembly.GetManifestResourceStream("Polydev.Broker.Pages.polydev.css")!;
        var text = new byte[stream.Length];
        stream.ReadExactly(text);
        return text;
    }
}
