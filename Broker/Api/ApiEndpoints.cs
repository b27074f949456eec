using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;

namespace Polydev.Broker.Api;

/// <summary>
/// Every address of the API. The three vendors' SDKs differ in the version that they put behind our base URL (see docs/wire.md). The
/// handlers are taken here, once: a handler that asked for services would cost each call a scope.
/// </summary>
internal static class ApiEndpoints
{
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1");
        var models = routes.ServiceProvider.GetRequiredService<ModelsHandler>();
        var status = routes.ServiceProvider.GetRequiredService<StatusHandler>();

        Completion<OpenAiChatDialect>(api, "/chat/completions");
        Completion<OpenAiResponsesDialect>(api, "/responses");
        Completion<AnthropicDialect>(api, "/messages", "/v1/messages");
        Completion<GeminiDialect>(api, "/google/generate");
        foreach (var version in (string[])["", "/v1", "/v1beta"])
        {
            GoogleModels(api, $"{version}/models/{{**modelAndAction}}");
            Readable(api, $"{version}/models", context => models.ListAsync(context));
            Readable(api, $"{version}/models/{{**model}}", context => models.GetAsync(context, GoogleModelPath.Of(context, "model")));
        }

        Readable(api, "/status", context => status.GetAsync(context));
    }

    // Clients and probes ask with HEAD whether an address is there.
    private static void Readable(RouteGroupBuilder api, string path, RequestDelegate handler) =>
        api.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handler);

    private static void Completion<TDialect>(RouteGroupBuilder api, params IEnumerable<string> paths)
        where TDialect : IDialect
    {
        var (handler, dialect) = Parts<TDialect>(api);
        foreach (var path in paths)
        {
            api.MapPost(path, context => handler.HandleAsync(context, dialect, CompletionPath.None)).WithMetadata(dialect);
        }
    }

    private static void GoogleModels(RouteGroupBuilder api, string path)
    {
        var (handler, dialect) = Parts<GeminiDialect>(api);
        api.MapPost(path, context => handler.HandleAsync(
            context, dialect, GoogleModelPath.Parse(GoogleModelPath.Of(context, "modelAndAction"), context.Request.Query)))
            .WithMetadata(dialect);
    }

    private static (CompletionHandler Handler, TDialect Dialect) Parts<TDialect>(IEndpointRouteBuilder routes)
        where TDialect : IDialect =>
        (routes.ServiceProvider.GetRequiredService<CompletionHandler>(), routes.ServiceProvider.GetRequiredService<TDialect>());
}
