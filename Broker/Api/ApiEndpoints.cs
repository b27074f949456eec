using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;

namespace Polydev.Broker.Api;

/// <summary>Every address of the API. The three vendors' SDKs differ in the version that they put behind our base URL (see the wire's facts).</summary>
internal static class ApiEndpoints
{
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1");

        Completion<OpenAiChatDialect>(api, "/chat/completions");
        Completion<OpenAiResponsesDialect>(api, "/responses");
        Completion<AnthropicDialect>(api, "/messages", "/v1/messages");
        Completion<GeminiDialect>(api, "/google/generate");
        foreach (var version in (string[])["", "/v1", "/v1beta"])
        {
            GoogleModels(api, $"{version}/models/{{**modelAndAction}}");
            api.MapGet($"{version}/models", (HttpContext context, ModelsHandler models) => models.ListAsync(context));
            api.MapGet($"{version}/models/{{**model}}", (HttpContext context, ModelsHandler models, string model) => models.GetAsync(context, GoogleModelPath.Unescape(model)));
        }

        api.MapGet("/status", (HttpContext context, StatusHandler status) => status.GetAsync(context));
    }

    private static void Completion<TDialect>(RouteGroupBuilder api, params IEnumerable<string> paths)
        where TDialect : IDialect
    {
        var dialect = ((IEndpointRouteBuilder)api).ServiceProvider.GetRequiredService<TDialect>();
        foreach (var path in paths)
        {
            api.MapPost(path, (HttpContext context, CompletionHandler handler) => handler.HandleAsync(context, dialect, CompletionPath.None))
                .WithMetadata(dialect);
        }
    }

    private static void GoogleModels(RouteGroupBuilder api, string path)
    {
        var dialect = ((IEndpointRouteBuilder)api).ServiceProvider.GetRequiredService<GeminiDialect>();
        api.MapPost(path, async (HttpContext context, CompletionHandler handler, string modelAndAction) =>
        {
            if (GoogleModelPath.Parse(modelAndAction, context.Request.Query) is { } completion)
            {
                await handler.HandleAsync(context, dialect, completion);
                return;
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }).WithMetadata(dialect);
    }
}
