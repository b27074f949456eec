using System.Buffers;
using System.Text.Json;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Google's errors (google.rpc.Status as JSON) and model lists (docs: Gemini API, "Models").</summary>
internal sealed class GoogleFamily : IApiFamily
{
    public string Name => "google";

    public string? RequestIdHeader => null;

    public int StatusOf(ApiError error) => error.Status;

    public void WriteError(IBufferWriter<byte> output, ApiError error, string requestId)
    {
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, GoogleError.Of(error), GeminiJson.Default.GoogleError);
    }

    public void WriteModels(IBufferWriter<byte> output, IReadOnlyList<ListedModel> models)
    {
        var page = new GoogleModel.Page([.. models.Select(GoogleModel.Of)]);
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, page, GeminiJson.Default.Page);
    }

    public void WriteModel(IBufferWriter<byte> output, ListedModel model)
    {
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, GoogleModel.Of(model), GeminiJson.Default.GoogleModel);
    }
}
