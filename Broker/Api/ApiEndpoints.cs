using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Reference;

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

        Completion<OpenAiChatDialect>(api, "/chat/completions", DialectOperations.ChatCompletions);
        Completion<OpenAiResponsesDialect>(api, "/responses", DialectOperations.Responses);
        Completion<AnthropicDialect>(api, "/messages", DialectOperations.Messages(""));
        Completion<AnthropicDialect>(api, "/v1/messages", DialectOperations.Messages("/v1"));
        Completion<GeminiDialect>(api, "/google/generate", DialectOperations.GoogleGenerate);
        foreach (var version in (string[])["", "/v1", "/v1beta"])
        {
            GoogleModels(api, $"{version}/models/{{**modelAndAction}}", DialectOperations.GoogleModel(version));
            Readable(api, $"{version}/models", DialectOperations.ListModels(version), context => models.ListAsync(context));
            Readable(api, $"{version}/models/{{**model}}", DialectOperations.GetModel(version), context =>
                models.GetAsync(context, GoogleModelPath.Of(context, "model")));
        }

        Readable(api, "/status", DialectOperations.Status with { Answer = typeof(StatusBody) }, context => status.GetAsync(context));
    }

    // Clients and probes ask with HEAD whether an address is there.
    private static void Readable(RouteGroupBuilder api, string path, ApiOperation operation, RequestDelegate handler) =>
        api.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handler).WithMetadata(operation);

    private static void Completion<TDialect>(RouteGroupBuilder api, string path, ApiOperation operation)
        where TDialect : IDialect
    {
        var (handler, dialect) = Parts<TDialect>(api);
        api.MapPost(path, context => handler.HandleAsync(context, dialect, CompletionPath.None)).WithMetadata(dialect, operation);
    }

    private static void GoogleModels(RouteGroupBuilder api, string path, params ApiOperation[] operations)
    {
        var (handler, dialect) = Parts<GeminiDialect>(api);
        api.MapPost(path, context => handler.HandleAsync(
            context, dialect, GoogleModelPath.Parse(GoogleModelPath.Of(context, "modelAndAction"), context.Request.Query)))
            .WithMetadata([dialect, .. operations]);
    }

    private static (CompletionHandler Handler, TDialect Dialect) Parts<TDialect>(IEndpointRouteBuilder routes)
        where TDialect : IDialect =>
        (routes.ServiceProvider.GetRequiredService<CompletionHandler>(), routes.ServiceProvider.GetRequiredService<TDialect>());
}
