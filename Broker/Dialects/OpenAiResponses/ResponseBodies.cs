using System.Buffers;
using System.Text.Json;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>What the API tells of a stored response.</summary>
internal static class ResponseBodies
{
    public static void Write(IBufferWriter<byte> output, JsonElement response)
    {
        using var json = new Utf8JsonWriter(output, JsonOutput.Options);
        response.WriteTo(json);
    }

    /// <summary>The body of <c>DELETE /responses/{id}</c>.</summary>
    public static void WriteDeleted(IBufferWriter<byte> output, string id)
    {
        using var json = new Utf8JsonWriter(output, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", "response");
        json.WriteBoolean("deleted", true);
        json.WriteEndObject();
    }

    /// <summary>The body of <c>GET /responses/{id}/input_items</c> (docs: "List input items").</summary>
    /// <exception cref="ApiException">No such item to begin behind.</exception>
    public static void WriteInput(IBufferWriter<byte> output, JsonElement record, InputPage page)
    {
        var items = new List<JsonElement>();
        foreach (var item in ResponseRecord.InputOf(record))
        {
            items.Add(item.Value);
        }

        if (!page.IsAscending)
        {
            items.Reverse();
        }

        var start = page.After is { Length: > 0 } after ? items.FindIndex(item => IdOf(item) == after) + 1 : 0;
        if (start == 0 && page.After is { Length: > 0 })
        {
            throw new ApiException(ApiError.Invalid("after", $"Invalid 'after': the response has no input item '{page.After}'."));
        }

        var shown = items.Skip(start).Take(page.Limit).ToList();
        using var json = new Utf8JsonWriter(output, JsonOutput.Options);
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        shown.ForEach(item => item.WriteTo(json));
        json.WriteEndArray();
        json.WriteString("first_id", shown is [var first, ..] ? IdOf(first) : null);
        json.WriteString("last_id", shown is [.., var last] ? IdOf(last) : null);
        json.WriteBoolean("has_more", start + shown.Count < items.Count);
        json.WriteEndObject();
    }

    private static string? IdOf(JsonElement item) => item.GetProperty("id").GetString();
}

/// <summary>Which of a response's input items are listed.</summary>
/// <param name="IsAscending">As they were sent; else the last first, as the API has it.</param>
/// <param name="After">The item behind which the page begins; null: at the first.</param>
internal sealed record InputPage(int Limit, bool IsAscending, string? After);
