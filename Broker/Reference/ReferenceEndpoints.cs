using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Scalar.AspNetCore;

namespace Polydev.Broker.Reference;

/// <summary>The API reference: the OpenAPI document, and a page to read it by. For all; they tell nothing of any account.</summary>
internal static class ReferenceEndpoints
{
    public const string Document = "/openapi/v1.json";

    public const string Page = "/reference";

    public static void MapReference(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json");
        routes.MapScalarApiReference(Page, Configure);
    }

    // Nothing of it comes from elsewhere, or goes there: no fonts, no proxy, no telemetry, none of the vendor's own services.
    private static void Configure(ScalarOptions page)
    {
        page.Title = "Polydev API";
        page.OpenApiRoutePattern = Document;
        page.Favicon = "/polydev.svg";
        page.DefaultFonts = false;
        page.Telemetry = false;
        page.ProxyUrl = null;
        page.HideClientButton = true;
        page.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        page.DisableAgent().DisableMcp();
        page.DynamicNonce = true;
    }

    /// <summary>
    /// The page's own policy: it starts by one script that stands in it, which this answer alone knows the word for. Styles it makes
    /// itself, in the browser.
    /// </summary>
    public static void UseReference(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(Page),
        page => page.Use((context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                Protect(context);
                return Task.CompletedTask;
            });
            return next(context);
        }));

    private static void Protect(HttpContext context)
    {
        var nonce = context.Items[ScalarOptions.NonceHttpContextItemKey] is string word ? $" 'nonce-{word}'" : string.Empty;
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'{nonce}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}

internal static class ReferenceServices
{
    public static IServiceCollection AddReference(this IServiceCollection services) => services
        .ConfigureHttpJsonOptions(json =>
        {
            // The framework's own would say that a number may be a text too.
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        })
        .AddOpenApi("v1", document =>
        {
            // All of it is written by the transformer, from the endpoints' own operations.
            document.ShouldInclude = _ => false;
            document.CreateSchemaReferenceId = type =>
                OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null : NameOf(type.Type);
            document.AddDocumentTransformer<ReferenceDocument>();
        });

    /// <summary>As the document calls a body.</summary>
    public static string NameOf(Type type) =>
        type.Name.EndsWith("Body", StringComparison.Ordinal) ? type.Name[..^"Body".Length] : type.Name;
}
