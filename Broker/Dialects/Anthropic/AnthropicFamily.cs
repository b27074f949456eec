using System.Buffers;
using System.Text.Json;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Anthropic's errors and model lists (docs: API reference, "Errors" and "List Models").</summary>
internal sealed class AnthropicFamily : IApiFamily
{
    /// <summary>Anthropic's own status for an overloaded API.</summary>
    private const int StatusOverloaded = 529;

    public string Name => "anthropic";

    public string? RequestIdHeader => "request-id";

    public int StatusOf(ApiError error) => error.Kind == ApiErrorKind.Overloaded ? StatusOverloaded : error.Status;

    public void WriteError(IBufferWriter<byte> output, ApiError error, string requestId)
    {
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, AnthropicError.Of(error, requestId), AnthropicJson.Default.AnthropicError);
    }

    public void WriteModels(IBufferWriter<byte> output, IReadOnlyList<ListedModel> models)
    {
        var data = models.Select(AnthropicModel.Of).ToList();
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, new AnthropicModel.Page(data), AnthropicJson.Default.Page);
    }

    public void WriteModel(IBufferWriter<byte> output, ListedModel model)
    {
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, AnthropicModel.Of(model), AnthropicJson.Default.AnthropicModel);
    }
}
