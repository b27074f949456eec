using System.Text;
using System.Text.Json;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>
/// JSON that can be bent where no library's own tree allows it: fields may stand twice, and a value may be any text at all.
/// </summary>
internal sealed class JsonTree
{
    private string? _text;
    private List<(string Name, JsonTree Value)>? _fields;
    private List<JsonTree>? _items;

    public int Children => _fields?.Count ?? _items?.Count ?? 0;

    public bool IsObject => _fields is not null;

    public static JsonTree Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Of(document.RootElement);
    }

    /// <param name="text">A value as it is to be written: JSON, or something that looks like it.</param>
    public static JsonTree Raw(string text) => new() { _text = text };

    /// <summary>Itself and all below it.</summary>
    public List<JsonTree> Nodes()
    {
        var nodes = new List<JsonTree> { this };
        for (var index = 0; index < nodes.Count; index++)
        {
            var node = nodes[index];
            nodes.AddRange(node._items ?? node._fields?.ConvertAll(field => field.Value) ?? []);
        }

        return nodes;
    }

    public JsonTree Copy() => new()
    {
        _text = _text,
        _fields = _fields?.ConvertAll(field => (field.Name, field.Value.Copy())),
        _items = _items?.ConvertAll(item => item.Copy()),
    };

    public void Become(JsonTree other) => (_text, _fields, _items) = (other._text, other._fields, other._items);

    public void WrapInArray() => Become(new JsonTree { _items = [Copy()] });

    /// <summary>Puts the field behind the others of its object; where it stands there already, it stands twice.</summary>
    public void Add(string name, JsonTree value) => _fields?.Add((JsonSerializer.Serialize(name), value));

    /// <param name="rawName">With its quotes, or without.</param>
    public void Rename(int index, string rawName)
    {
        if (_fields is { } fields)
        {
            fields[index] = (rawName, fields[index].Value);
        }
    }

    public void Remove(int index)
    {
        _fields?.RemoveAt(index);
        _items?.RemoveAt(index);
    }

    public void Repeat(int index, int times)
    {
        _fields?.AddRange(Enumerable.Repeat(_fields[index], times).ToList());
        _items?.AddRange(Enumerable.Repeat(_items[index], times).ToList());
    }

    public void Swap(int one, int other)
    {
        if (_fields is { } fields)
        {
            (fields[one], fields[other]) = ((fields[one].Name, fields[other].Value), (fields[other].Name, fields[one].Value));
        }
        else if (_items is { } items)
        {
            (items[one], items[other]) = (items[other], items[one]);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private static JsonTree Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new JsonTree
        {
            _fields = [.. element.EnumerateObject().Select(field => (JsonSerializer.Serialize(field.Name), Of(field.Value)))],
        },
        JsonValueKind.Array => new JsonTree { _items = [.. element.EnumerateArray().Select(Of)] },
        _ => Raw(element.GetRawText()),
    };

    private void Write(StringBuilder text)
    {
        if (_text is not null)
        {
            text.Append(_text);
            return;
        }

        text.Append(IsObject ? '{' : '[');
        for (var index = 0; index < Children; index++)
        {
            text.Append(index == 0 ? string.Empty : ",");
            if (_fields is { } fields)
            {
                text.Append(fields[index].Name).Append(':');
                fields[index].Value.Write(text);
            }
            else
            {
                _items![index].Write(text);
            }
        }

        text.Append(IsObject ? '}' : ']');
    }
}
