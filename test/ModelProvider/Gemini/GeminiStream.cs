using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.Gemini;

/// <summary>A chunk for each step, then one with the finish reason and the usage. No <c>[DONE]</c>: Google sends none.</summary>
internal sealed class GeminiStream(ServerSentEventStream events, ProviderRequest request, ProviderScript script) : IAnswerStream
{
    public Task StartAsync() => events.OpenAsync();

    public Task WriteAsync(ProviderStep step) => events.WriteAsync(GeminiJson.Chunk(request, [GeminiJson.Part(step)], null, null));

    public Task FailAsync(ProviderStep.MidStreamError error) =>
        events.WriteAsync(new { error = new { code = 500, message = error.Message, status = error.Type } });

    public Task FinishAsync(ScriptedAnswer answer) =>
        events.WriteAsync(GeminiJson.Chunk(request, [], GeminiJson.FinishReason(script), script.Usage));
}
