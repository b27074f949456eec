using System.Buffers;
using System.Text.Json;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>What OpenAI's two dialects share.</summary>
internal sealed class OpenAiFamily : IApiFamily
{
    public static OpenAiFamily Instance { get; } = new();

    public string Name => "openai";

    public string RequestIdHeader => "x-request-id";

    public int StatusOf(ApiError error) => error.Status;

    public void WriteError(IBufferWriter<byte> output, ApiError error, string requestId)
    {
        using var json = new Utf8JsonWriter(output, ServerSentEvents.JsonOptions);
        JsonSerializer.Serialize(json, OpenAiErrorBody.Of(error), OpenAiJson.Default.OpenAiErrorBody);
    }

    public void WriteModels(IBufferWriter<byte> output, IReadOnlyList<ListedModel> models)
    {
        using var json = new Utf8JsonWriter(output, ServerSentEvents.JsonOptions);
        JsonSerializer.Serialize(json, new OpenAiModelList([.. models.Select(Describe)]), OpenAiJson.Default.OpenAiModelList);
    }

    public void WriteModel(IBufferWriter<byte> output, ListedModel model)
    {
        using var json = new Utf8JsonWriter(output, ServerSentEvents.JsonOptions);
        JsonSerializer.Serialize(json, Describe(model), OpenAiJson.Default.OpenAiModel);
    }

    private static OpenAiModel Describe(ListedModel model) => new(model.Id, OwnerOf(model.Provider));

    private static string OwnerOf(string provider) => provider switch
    {
        Providers.Claude => "anthropic",
        Providers.Codex => "openai",
        Providers.Gemini => "google",
        _ => "polydev",
    };
}
