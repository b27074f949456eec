using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// A response that its caller may come back to, as a tunnel holds it: <c>{"input":[…],"response":{…}}</c>. Each item has an id, and none
/// only names another.
/// </summary>
internal static class ResponseRecord
{
    // The answer needs room, too.
    private const int MostInput = TunnelProtocol.MaxStoredBytes / 2;
    private const int MostKept = 16 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Null where nothing is to be stored, or the input is over 8 MiB. The answer then says <c>store: false</c>.</summary>
    /// <param name="find">The item in the place of one that only names it.</param>
    public static AnswerToStore? Begin(string id, RequestNode body, string? previous, Func<RequestNode, RequestNode> find)
    {
        if (body.Optional("store") is { } store && !store.AsBoolean())
        {
            return null;
        }

        var input = body.Optional("input");
        if (input is { } given && JsonMarshal.GetRawUtf8Value(given.Value).Length > MostInput)
        {
            return null;
        }

        // Most inputs are small, and are written where the last one of this thread was.
        var buffer = _buffer ?? new ArrayBufferWriter<byte>();
        var json = _writer ?? new Utf8JsonWriter(buffer, JsonOutput.Options);
        (_buffer, _writer) = (null, null);
        try
        {
            WriteInput(json, id, input, find);
            json.Flush();
        }
        catch (InvalidOperationException)
        {
            throw input!.Value.Unsupported("Invalid 'input': a string is not valid Unicode.");
        }

        var answer = buffer.WrittenCount <= MostInput ? new AnswerToStore(id, previous, buffer.WrittenSpan.ToArray()) : null;
        if (buffer.Capacity <= MostKept)
        {
            buffer.ResetWrittenCount();
            json.Reset();
            (_buffer, _writer) = (buffer, json);
        }

        return answer;
    }

    /// <summary>The answer is whole: whoever is to store it may do so.</summary>
    public static void Complete(AnswerToStore? answer, OpenAiResponsesResponse response)
    {
        if (answer?.Taker is not { } take)
        {
            return;
        }

        var written = new ArrayBufferWriter<byte>();
        written.Write("{\"input\":"u8);
        written.Write(answer.Input.Span);
        written.Write(",\"response\":"u8);
        JsonOutput.Write(written, response, OpenAiResponsesJson.Default.OpenAiResponsesResponse);
        written.Write("}"u8);
        if (written.WrittenCount <= TunnelProtocol.MaxStoredBytes)
        {
            take(written.WrittenMemory);
        }
    }

    /// <summary>
    /// Reads what the body goes on from, as if its caller had sent it again: the conversation alone, not the instructions and tools.
    /// </summary>
    /// <returns>The id of the response that it goes on from; null: none.</returns>
    /// <exception cref="ApiException">It is not there.</exception>
    public static string? ReadChain(RequestNode body, EarlierAnswers? earlier, ConversationBuilder conversation)
    {
        if (body.Optional("previous_response_id") is not { } previous || previous.AsString() is not { Length: > 0 } id)
        {
            return null;
        }

        if (earlier is not { Chain.Count: > 0 })
        {
            throw AnswerReferences.NotFound(id);
        }

        foreach (var record in earlier.Chain)
        {
            // What had been passed over was told then.
            OpenAiInput.Read(InputOf(record, previous.Place), conversation, [], stored: null);
            OpenAiInput.Read(OutputOf(record, previous.Place), conversation, [], stored: null);
        }

        return id;
    }

    /// <summary>The response itself, as it was answered.</summary>
    public static JsonElement ResponseOf(JsonElement record) => Field(record, "response");

    public static RequestList InputOf(JsonElement record, FieldPath? place = null) => new(Field(record, "input"), place);

    public static RequestList OutputOf(JsonElement record, FieldPath? place = null) => new(Field(ResponseOf(record), "output"), place);

    /// <summary>Finds the item of a reference.</summary>
    public static Func<RequestNode, RequestNode> Finder(EarlierAnswers? earlier) =>
        earlier is null ? static reference => throw NoItem(reference) : FinderAmong(earlier.Others);

    private static Func<RequestNode, RequestNode> FinderAmong(IReadOnlyList<JsonElement> records)
    {
        var items = ItemsOf(records);
        return reference => items.TryGetValue(IdOf(reference), out var item) ? reference.Instead(item) : throw NoItem(reference);
    }

    private static string IdOf(RequestNode reference) => reference.Required("id").AsString(RequestBounds.ToolId);

    private static Dictionary<string, JsonElement> ItemsOf(IReadOnlyList<JsonElement> records)
    {
        var items = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            Add(OutputOf(record));
            Add(InputOf(record));
        }

        return items;

        void Add(RequestList list)
        {
            foreach (var item in list)
            {
                if (item.Kind == JsonValueKind.Object && item.Optional("id") is { Kind: JsonValueKind.String } id)
                {
                    items.TryAdd(id.AsString(), item.Value);
                }
            }
        }
    }

    private static ApiException NoItem(RequestNode reference) => new(ApiError.Invalid(
        reference.Path,
        $"Item with id '{IdOf(reference)}' not found. {AnswerReferences.Held} Send the item itself.",
        ApiErrorKind.NotFound));

    private static void WriteInput(Utf8JsonWriter json, string id, RequestNode? input, Func<RequestNode, RequestNode> find)
    {
        json.WriteStartArray();
        if (input is { Kind: JsonValueKind.String } text)
        {
            json.WriteStartObject();
            WriteId(json, id, ResponseItem.Message, 0);
            json.WriteString("type", ResponseItem.Message);
            json.WriteString("status", "completed");
            json.WriteString("role", "user");
            WriteText(json, "input_text", text.Value);
            json.WriteEndObject();
        }
        else if (input is { } items)
        {
            var index = 0;
            foreach (var item in items.AsArray())
            {
                WriteItem(json, id, index++, item.String("type") == OpenAiInput.Reference ? find(item) : item);
            }
        }

        json.WriteEndArray();
    }

    private static void WriteItem(Utf8JsonWriter json, string id, int index, RequestNode item)
    {
        var type = item.String("type") ?? ResponseItem.Message;
        json.WriteStartObject();
        if (item.String("id") is { Length: > 0 } own)
        {
            json.WriteString("id", own);
        }
        else
        {
            WriteId(json, id, type, index);
        }

        json.WriteString("type", type);
        var hasStatus = false;
        foreach (var field in item.Value.EnumerateObject())
        {
            hasStatus |= field.NameEquals("status"u8);
            if (type == ResponseItem.Message && field.Value.ValueKind == JsonValueKind.String && field.NameEquals("content"u8))
            {
                WriteText(json, item.String("role") == "assistant" ? "output_text" : "input_text", field.Value);
            }
            else if (type == ResponseItem.Message && field.Value.ValueKind == JsonValueKind.Array && field.NameEquals("content"u8))
            {
                WriteParts(json, field.Value);
            }
            else if (!field.NameEquals("id"u8) && !field.NameEquals("type"u8))
            {
                field.WriteTo(json);
            }
        }

        if (!hasStatus)
        {
            json.WriteString("status", "completed");
        }

        json.WriteEndObject();
    }

    // What the API tells of a message has parts, also where it was asked with a text.
    private static void WriteText(Utf8JsonWriter json, string type, JsonElement text)
    {
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WritePropertyName("text");
        text.WriteTo(json);
        if (type == "output_text")
        {
            json.WriteStartArray("annotations");
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    }

    // A picture has a detail, also where none was asked for.
    private static void WriteParts(Utf8JsonWriter json, JsonElement parts)
    {
        json.WriteStartArray("content");
        foreach (var part in parts.EnumerateArray())
        {
            if (Field(part, "type") is not { ValueKind: JsonValueKind.String } type || !type.ValueEquals("input_image"u8)
                || Field(part, "detail").ValueKind != JsonValueKind.Undefined)
            {
                part.WriteTo(json);
                continue;
            }

            json.WriteStartObject();
            foreach (var field in part.EnumerateObject())
            {
                field.WriteTo(json);
            }

            json.WriteString("detail", "auto");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Longer than an id of the output, so that no two are the same.
    private static void WriteId(Utf8JsonWriter json, string response, string type, int index)
    {
        Span<char> id = stackalloc char[64];
        id.TryWrite(
            CultureInfo.InvariantCulture,
            $"{ResponseItem.PrefixOf(type)}_{response.AsSpan("resp_".Length)}{index:x8}",
            out var length);
        json.WriteString("id", id[..length]);
    }

    private static JsonElement Field(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var field) ? field : default;
}
