using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Polydev.ModelProvider.Scripts;

/// <summary>A response of server-sent events, flushed one by one.</summary>
internal sealed class ServerSentEventStream(HttpResponse response, CancellationToken cancellationToken)
{
    public async Task OpenAsync()
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        await response.StartAsync(cancellationToken);
    }

    /// <summary>One frame, with an <c>event:</c> line where the dialect names its events.</summary>
    public async Task WriteAsync(object data, string? name = null)
    {
        var frame = new StringBuilder();
        if (name is not null)
        {
            frame.Append("event: ").Append(name).Append('\n');
        }

        frame.Append("data: ").Append(JsonSerializer.Serialize(data, ProviderJson.Options)).Append("\n\n");
        await response.WriteAsync(frame.ToString(), cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}

/// <summary>JSON as the vendors write it: names as given, no escapes where none are needed.</summary>
internal static class ProviderJson
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonNode Parse(string json) => JsonNode.Parse(json)!;
}
