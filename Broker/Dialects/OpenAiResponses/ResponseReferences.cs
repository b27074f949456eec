using System.Buffers;
using System.Text.Json;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// Finds what a body goes on from before anything else of it is read: <c>previous_response_id</c>, and the items of <c>input</c> that are
/// only named. Most bodies name nothing, and are searched for two words.
/// </summary>
internal static class ResponseReferences
{
    // How deep the names of the body's own fields stand in the JSON, and those of an item.
    private const int Body = 1;
    private const int InputItem = 3;

    // "resp_" and an item's prefix are followed by the same 32 digits; an item's place follows in four or more.
    private const int AnswerDigits = 32;
    private const int PlaceDigits = 4;
    private const int LongestId = 64;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static AnswerReferences Of(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("previous_response_id"u8) < 0 && body.IndexOf("item_reference"u8) < 0)
        {
            return AnswerReferences.None;
        }

        try
        {
            return Scan(body);
        }
        catch (JsonException)
        {
            return AnswerReferences.None;
        }
    }

    /// <summary>The response that an item of ours belongs to; null where the id is none of ours.</summary>
    public static string? ResponseOf(string itemId)
    {
        var digits = itemId.AsSpan(itemId.IndexOf('_') + 1);
        return itemId.Length <= LongestId && digits.Length >= AnswerDigits + PlaceDigits && !digits.ContainsAnyExcept(HexDigits)
            ? $"resp_{digits[..AnswerDigits]}"
            : null;
    }

    private static AnswerReferences Scan(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = TunnelProtocol.MaxJsonDepth });
        string? previous = null;
        var others = new HashSet<string>(StringComparer.Ordinal);
        var (isInput, isReference, id) = (false, false, (string?)null);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName when reader.CurrentDepth == Body:
                    isInput = reader.ValueTextEquals("input"u8);
                    if (reader.ValueTextEquals("previous_response_id"u8))
                    {
                        previous = NextText(ref reader) ?? previous;
                    }

                    break;
                case JsonTokenType.StartObject when isInput && reader.CurrentDepth == InputItem - 1:
                    (isReference, id) = (false, null);
                    break;
                case JsonTokenType.PropertyName when isInput && reader.CurrentDepth == InputItem:
                    if (reader.ValueTextEquals("type"u8))
                    {
                        isReference = NextText(ref reader) == OpenAiInput.Reference;
                    }
                    else if (reader.ValueTextEquals("id"u8))
                    {
                        id = NextText(ref reader);
                    }

                    break;
                case JsonTokenType.EndObject when isInput && reader.CurrentDepth == InputItem - 1 && isReference:
                    if (id is not null && ResponseOf(id) is { } response)
                    {
                        others.Add(response);
                    }

                    isReference = false;
                    break;
            }
        }

        return new AnswerReferences(previous, others);
    }

    // Null: no text, an empty one, which clients write for none, or none that an id could be.
    private static string? NextText(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length is 0 or > 6 * LongestId)
        {
            return null;
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: reading the body says so.
            return null;
        }
    }
}
