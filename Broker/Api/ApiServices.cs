using Polydev.Broker.Diagnostics;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;

namespace Polydev.Broker.Api;

/// <summary>Registers the API and puts its middlewares in their order.</summary>
internal static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services) => services
        .AddSingleton<OpenAiFamily>().AddSingleton<AnthropicFamily>().AddSingleton<GoogleFamily>()
        .AddSingleton<OpenAiChatDialect>().AddSingleton<OpenAiResponsesDialect>().AddSingleton<AnthropicDialect>().AddSingleton<GeminiDialect>()
        .AddSingleton<ApiFamilies>()
        .AddSingleton<BrokerMetrics>()
        .AddSingleton<CallRecorder>()
        .AddSingleton<CompletionHandler>()
        .AddSingleton<ModelsHandler>()
        .AddSingleton<StatusHandler>();

    /// <summary>Around the API's endpoints alone: pages and the tunnels' port are untouched.</summary>
    public static void UseApi(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments("/api"),
        api => api.UseMiddleware<ApiPipeline>().UseMiddleware<KeyAuthentication>());
}
