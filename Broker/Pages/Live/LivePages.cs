using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Live;

/// <summary><c>GET /live?page=…</c>: the parts of a page that stands, as server-sent events (WHATWG HTML, section 9.2).</summary>
internal sealed class LivePages(LiveFeeds feeds, IHostApplicationLifetime lifetime)
{
    // It says that no more comes: the browser is not to come again by itself.
    private static readonly byte[] Ended = "event: end\ndata: {}\n\n"u8.ToArray();

    // It stands in no HTML: signs that are plain there need no escape, which would make each part half as long again.
    private static readonly LiveJson Json = new(
        new JsonSerializerOptions(LiveJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public async Task StreamAsync(HttpContext context)
    {
        var page = context.Request.Query["page"].ToString();
        if (!feeds.Has(page))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (feeds.Join(page, Viewer.Of(context)) is not { } stream)
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        await using (stream)
        {
            await SendAsync(context, stream);
        }
    }

    private async Task SendAsync(HttpContext context, LiveStream stream)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";

        // A proxy that gathers an answer before it passes it on would pass on nothing.
        response.Headers["X-Accel-Buffering"] = "no";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await response.Body.FlushAsync(ending.Token);
            await foreach (var next in stream.ReadAsync(ending.Token))
            {
                var data = JsonSerializer.Serialize(next, Json.LiveEvent);
                await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {data}\n\n"), ending.Token);
                await response.Body.FlushAsync(ending.Token);
            }

            await response.Body.WriteAsync(Ended, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The page was left, or the broker stops: the browser comes again by itself.
        }
    }
}

internal static class LiveEndpoints
{
    public static IServiceCollection AddLive(this IServiceCollection services) =>
        services.AddSingleton<LiveFeeds>().AddSingleton<LivePages>();

    /// <summary>A page's handlers, which read it for the stream too.</summary>
    public static IServiceCollection AddLivePage<TPages>(this IServiceCollection services)
        where TPages : class, ILivePage =>
        services.AddSingleton<TPages>().AddSingleton<ILivePage>(provider => provider.GetRequiredService<TPages>());

    public static void MapLive(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<LivePages>();
        routes.MapMethods(PagePaths.Live, [HttpMethods.Get], context => pages.StreamAsync(context)).WithMetadata(PageRules.Stream);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LiveEvent))]
internal sealed partial class LiveJson : JsonSerializerContext;
