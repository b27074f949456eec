using System.Security.Cryptography;

namespace Polydev.Broker.Pages.Frame;

/// <summary>The style sheet, the script and the icon: the only files that pages load. Embedded, and known by their content.</summary>
internal static class PageAssets
{
    public const string StyleSheet = "/polydev.css";
    public const string Script = "/polydev.js";
    public const string Icon = "/polydev.svg";

    public static void MapAssets(this IEndpointRouteBuilder routes)
    {
        Map(routes, StyleSheet, "text/css; charset=utf-8");
        Map(routes, Script, "text/javascript; charset=utf-8");
        Map(routes, Icon, "image/svg+xml");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, string type)
    {
        var content = Load(path[1..]);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content)[..8])}\"";
        routes.MapMethods(path, PageRules.Probes, context => WriteAsync(context, content, type, tag));
    }

    private static async Task WriteAsync(HttpContext context, byte[] content, string type, string tag)
    {
        var response = context.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ETag = tag;

        // Asked for again with each page, and then not sent: a new version of the broker is seen at once.
        response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = type;
        response.ContentLength = content.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    private static byte[] Load(string name)
    {
        using var stream = typeof(PageAssets).Assembly.GetManifestResourceStream($"Polydev.Broker.Pages.{name}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
