using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiCompletions;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Reference;

namespace Polydev.Broker.Api;

/// <summary>
/// Every address of the API. The three vendors' SDKs differ in the version that they put behind our base URL (see docs/wire.md). The
/// handlers are taken here, once: a handler that asked for services would cost each call a scope.
/// </summary>
internal static class ApiEndpoints
{
    private const string Here = """{"api":"polydev"}""";

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1");
        var models = routes.ServiceProvider.GetRequiredService<ModelsHandler>();
        var status = routes.ServiceProvider.GetRequiredService<StatusHandler>();

        Completion<OpenAiChatDialect>(api, "/chat/completions", DialectOperations.ChatCompletions);
        Completion<OpenAiCompletionsDialect>(api, "/completions", DialectOperations.Completions);
        Completion<OpenAiResponsesDialect>(api, "/responses", DialectOperations.Responses);
        Completion<OpenAiCompactionDialect>(api, "/responses/compact", DialectOperations.CompactResponse);
        Completion<AnthropicDialect>(api, "/messages", DialectOperations.Messages(""), AnthropicVersion.PathOf);
        Completion<AnthropicDialect>(api, "/v1/messages", DialectOperations.Messages("/v1"), AnthropicVersion.PathOf);
        Completion<GeminiDialect>(api, "/google/generate", DialectOperations.GoogleGenerate);
        Count<OpenAiResponsesDialect>(api, "/responses/input_tokens", DialectOperations.CountResponses);
        Count<AnthropicDialect>(api, "/messages/count_tokens", DialectOperations.CountMessages(""));
        Count<AnthropicDialect>(api, "/v1/messages/count_tokens", DialectOperations.CountMessages("/v1"));
        foreach (var version in (string[])["", "/v1", "/v1beta"])
        {
            GoogleModels(api, $"{version}/models/{{**modelAndAction}}", DialectOperations.GoogleModel(version));
            Count<GeminiDialect>(
                api, $"{version}/models/{{**modelAndAction:regex(:countTokens$)}}", DialectOperations.CountGoogle(version));
            Readable(api, $"{version}/models", DialectOperations.ListModels(version), context => models.ListAsync(context));
            Readable(api, $"{version}/models/{{**model}}", DialectOperations.GetModel(version), context =>
                models.GetAsync(context, GoogleModelPath.Of(context, "model")));
        }

        Stored(api, routes.ServiceProvider.GetRequiredService<StoredResponseHandler>());

        // Claude Code asks whether a base URL is one. These addresses have nothing to say but that.
        foreach (var address in (string[])["", "/api/hello"])
        {
            Readable(api, address, DialectOperations.Hello(address), context =>
            {
                context.Response.ContentType = "application/json; charset=utf-8";
                return context.Response.WriteAsync(Here, context.RequestAborted);
            });
        }

        Readable(api, "/status", DialectOperations.Status with { Answer = typeof(StatusBody) }, context => status.GetAsync(context));
    }

    // Clients and probes ask with HEAD whether an address is there.
    private static void Readable(RouteGroupBuilder api, string path, ApiOperation operation, RequestDelegate handler) =>
        api.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handler).WithMetadata(operation);

    private static void Completion<TDialect>(
        RouteGroupBuilder api, string path, ApiOperation operation, Func<IHeaderDictionary, CompletionPath>? pathOf = null)
        where TDialect : IDialect
    {
        var (handler, dialect) = Parts<CompletionHandler, TDialect>(api);
        api.MapPost(path, context => handler.HandleAsync(
            context, dialect, pathOf?.Invoke(context.Request.Headers) ?? CompletionPath.None))
            .WithMetadata(dialect, dialect.Family, operation);
    }

    private static void GoogleModels(RouteGroupBuilder api, string path, params ApiOperation[] operations)
    {
        var (handler, dialect) = Parts<CompletionHandler, GeminiDialect>(api);
        api.MapPost(path, context => handler.HandleAsync(
            context, dialect, GoogleModelPath.Parse(GoogleModelPath.Of(context, "modelAndAction"), context.Request.Query)))
            .WithMetadata([dialect, dialect.Family, .. operations]);
    }

    private static void Stored(RouteGroupBuilder api, StoredResponseHandler responses)
    {
        const string path = "/responses/{response_id}";
        Readable(api, path, DialectOperations.GetResponse, responses.GetAsync);
        Readable(api, $"{path}/input_items", DialectOperations.ListInput, responses.ListInputAsync);
        api.MapPost($"{path}/cancel", responses.CancelAsync).WithMetadata(OpenAiFamily.Instance, DialectOperations.CancelResponse);
        api.MapDelete(path, responses.DeleteAsync).WithMetadata(OpenAiFamily.Instance, DialectOperations.DeleteResponse);
    }

    // Without its dialect's metadata: it is no call, and is recorded as none.
    private static void Count<TDialect>(RouteGroupBuilder api, string path, ApiOperation operation)
        where TDialect : ICountingDialect
    {
        var (handler, dialect) = Parts<TokenCountHandler, TDialect>(api);
        api.MapPost(path, context => handler.HandleAsync(context, dialect, GoogleModelPath.Counted(context)))
            .WithMetadata(dialect.Family, operation);
    }

    private static (THandler Handler, TDialect Dialect) Parts<THandler, TDialect>(IEndpointRouteBuilder routes)
        where THandler : class
        where TDialect : IDialect =>
        (routes.ServiceProvider.GetRequiredService<THandler>(), routes.ServiceProvider.GetRequiredService<TDialect>());
}
