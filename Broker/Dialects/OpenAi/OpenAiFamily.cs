using System.Buffers;
using System.Globalization;
using System.Text.Json.Serialization;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>What OpenAI's dialects share.</summary>
internal sealed class OpenAiFamily : IApiFamily
{
    public static OpenAiFamily Instance { get; } = new();

    public string Name => "openai";

    public string RequestIdHeader => "x-request-id";

    // Docs: API reference, "Debugging requests". Theirs has been of this version ever since.
    public void SetHeaders(IHeaderDictionary headers, TimeSpan took, string? accountId)
    {
        headers["openai-processing-ms"] = ((long)took.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        headers["openai-version"] = "2020-10-01";
    }

    public int StatusOf(ApiError error) => error.Status;

    public void WriteError(IBufferWriter<byte> output, ApiError error, string requestId) =>
        JsonOutput.Write(output, OpenAiErrorBody.Of(error), OpenAiJson.Default.OpenAiErrorBody);

    public void WriteModels(IBufferWriter<byte> output, IReadOnlyList<ListedModel> models) =>
        JsonOutput.Write(output, new OpenAiModelList([.. models.Select(Describe)]), OpenAiJson.Default.OpenAiModelList);

    public void WriteModel(IBufferWriter<byte> output, ListedModel model) =>
        JsonOutput.Write(output, Describe(model), OpenAiJson.Default.OpenAiModel);

    /// <summary>
    /// The list that Codex wants in its own form, with nothing in it: it goes on with the metadata that it has, which nobody else could
    /// tell.
    /// </summary>
    public static void WriteNoMetadata(IBufferWriter<byte> output) => output.Write("""{"models":[]}"""u8);

    private static OpenAiModel Describe(ListedModel model) => new(model.Id, OwnerOf(model.Provider));

    private static string OwnerOf(string provider) => provider switch
    {
        Providers.Claude => "anthropic",
        Providers.Codex => "openai",
        Providers.Gemini => "google",
        _ => "polydev",
    };
}

/// <summary>One model of the list. No CLI tells when a model was made, and the SDKs want a number: <c>created</c> is 0.</summary>
internal sealed record OpenAiModel(string Id, string OwnedBy)
{
    public string Object { get; } = "model";

    public long Created { get; }
}

/// <summary>The body of <c>GET /models</c>.</summary>
internal sealed record OpenAiModelList(IReadOnlyList<OpenAiModel> Data)
{
    public string Object { get; } = "list";
}

/// <summary>The serializers of what the family shares.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiErrorBody))]
[JsonSerializable(typeof(OpenAiModel))]
[JsonSerializable(typeof(OpenAiModelList))]
internal sealed partial class OpenAiJson : JsonSerializerContext;
