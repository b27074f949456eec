namespace Polydev.Broker.Dialects.Gemini;

/// <summary>
/// Gives function calls without an id one of name and order, and finds the call that a response answers: by its id, else the
/// first of that name which awaits one. Belongs to one read.
/// </summary>
internal sealed class GeminiCallIds
{
    private readonly List<(string Name, string Id)> _awaiting = [];
    private int _count;

    public string OfCall(string name, string? id)
    {
        _count++;
        id = id is { Length: > 0 } ? id : $"call_{_count}_{name}";
        _awaiting.Add((name, id));
        return id;
    }

    /// <summary>Null when no call awaits the response.</summary>
    public string? OfResponse(string name, string? id)
    {
        var index = _awaiting.FindIndex(call => call.Id == id);
        index = index >= 0 ? index : _awaiting.FindIndex(call => call.Name == name);
        if (index < 0)
        {
            return null;
        }

        var found = _awaiting[index].Id;
        _awaiting.RemoveAt(index);
        return found;
    }
}
