using Microsoft.AspNetCore.Routing.Constraints;
using Polydev.Broker.Api.Bodies;
using Polydev.Broker.Api.Counting;
using Polydev.Broker.Diagnostics;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiCompletions;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.Api;

/// <summary>Registers the API and puts its middlewares in their order.</summary>
internal static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services) => services
        .AddCors()
        .Configure<RouteOptions>(routes => routes.SetParameterPolicy<RegexInlineRouteConstraint>("regex"))
        .ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Add(StatusJson.Default))
        .AddSingleton<OpenAiFamily>().AddSingleton<AnthropicFamily>().AddSingleton<GoogleFamily>()
        .AddSingleton<OpenAiChatDialect>().AddSingleton<OpenAiResponsesDialect>().AddSingleton<OpenAiCompletionsDialect>()
        .AddSingleton<OpenAiCompactionDialect>()
        .AddSingleton<AnthropicDialect>().AddSingleton<GeminiDialect>()
        .AddSingleton<ApiFamilies>()
        .AddSingleton<BrokerMetrics>()
        .AddSingleton<CallAudience>()
        .AddSingleton<CallAdmission>()
        .AddSingleton<RequestReader>()
        .AddSingleton<CompletionHandler>()
        .AddSingleton<GptTokens>().AddSingleton<TokenCounter>().AddSingleton<TokenCountHandler>()
        .AddSingleton<StoredResponseHandler>()
        .AddSingleton<ModelsHandler>()
        .AddSingleton<StatusHandler>();

    /// <summary>
    /// Before the routing: a base URL that ends in a slash makes two of them with a client that begins its paths with one, and some clients
    /// end their paths with one.
    /// </summary>
    public static void UseApiPaths(this IApplicationBuilder app) => app.Use(next => context =>
    {
        if (context.Request.Path is { Value: { } path } && path.StartsWith("/api/", StringComparison.OrdinalIgnoreCase)
            && (path.Contains("//", StringComparison.Ordinal) || path[^1] == '/'))
        {
            context.Request.Path = $"/{string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries))}";
        }

        return next(context);
    });

    /// <summary>
    /// Whatever is no tunnel is answered in JSON, also beside the API: who has forgotten <c>/api</c> in the base URL reads it in the
    /// error. The key is asked for below <c>/api</c>, but not of a preflight.
    /// </summary>
    /// <param name="management">What stands below <c>/api</c> too and is asked with no key, nor by another page.</param>
    public static void UseApi(this IApplicationBuilder app, BrowserAccess browsers, PathString management)
    {
        browsers.Use(app, IsApi);
        app.UseWhen(context => IsApi(context.Request) || !IsTunnel(context.Request), all => all
            .UseMiddleware<ApiPipeline>().UseMiddleware<HostFilter>());
        app.UseWhen(context => IsApi(context.Request), api => api.UseMiddleware<LoopGuard>().UseMiddleware<KeyAuthentication>()
            .UseMiddleware<QuotaHeaders>());

        bool IsApi(HttpRequest request) =>
            request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments(management);
    }

    // Over HTTP/2: what a browser sends to a broker on loopback is none, whatever its content type says.
    private static bool IsTunnel(HttpRequest request) => HttpProtocol.IsHttp2(request.Protocol) &&
        request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
}
