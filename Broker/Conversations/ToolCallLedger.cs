using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>
/// The tool calls of one conversation: gives each an id of its own, and finds the call that a result answers. Belongs to one
/// <see cref="ConversationBuilder"/>.
/// </summary>
internal sealed class ToolCallLedger
{
    // As the caller wrote the ids: some clients count their calls anew in each turn, so that an id comes again.
    private readonly Dictionary<string, Queue<Entry>> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Queue<Entry>> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ignored = new(StringComparer.Ordinal);
    private int _made;

    /// <summary>Takes a call in; an id that is missing (Google's may be) or not the first of its kind is replaced.</summary>
    public Entry Add(ToolCallPart call, FieldPath path)
    {
        var entry = new Entry(call, path);
        Queue(_byName, call.Name).Enqueue(entry);
        if (call.Id.Length > 0)
        {
            Queue(_byId, call.Id).Enqueue(entry);
        }

        while (call.Id.Length == 0 || !_ids.Add(call.Id))
        {
            // Counts on over the whole conversation, so that no number of equal ids makes this slow.
            call.Id = $"call_{++_made}";
        }

        return entry;
    }

    /// <summary>A call that we pass over: its result is passed over too.</summary>
    public void Ignore(string id) => _ignored.Add(id);

    /// <summary>
    /// Gives the result to the call of its id, else, where it names its tool (Google's do), to the first of that name that waits.
    /// </summary>
    /// <returns>False where the result belongs to a call that is passed over.</returns>
    /// <exception cref="ApiException">No call waits for it.</exception>
    public bool Answer(ToolResultPart result, FieldPath path)
    {
        var entry = Waiting(_byId, result.ToolCallId) ?? Waiting(_byName, result.Name);
        if (entry is null)
        {
            return _ignored.Contains(result.ToolCallId) ? false : throw Refuse(result, path);
        }

        result.ToolCallId = entry.Call.Id;
        result.Name = entry.Call.Name;
        entry.Result = result;
        return true;
    }

    private static Queue<Entry> Queue(Dictionary<string, Queue<Entry>> queues, string key)
    {
        if (!queues.TryGetValue(key, out var queue))
        {
            queues[key] = queue = new Queue<Entry>();
        }

        return queue;
    }

    private static Entry? Waiting(Dictionary<string, Queue<Entry>> queues, string key)
    {
        if (key.Length == 0 || !queues.TryGetValue(key, out var queue))
        {
            return null;
        }

        while (queue.TryDequeue(out var entry))
        {
            if (entry.Result is null)
            {
                return entry;
            }
        }

        return null;
    }

    private ApiException Refuse(ToolResultPart result, FieldPath path)
    {
        var what = result.ToolCallId.Length > 0 ? $"with the id '{result.ToolCallId}'" : $"of '{result.Name}'";
        var isKnown = _byId.ContainsKey(result.ToolCallId) || _byName.ContainsKey(result.Name);
        return new ApiException(ApiError.Invalid(path.ToString(), isKnown
            ? $"Invalid '{path}': the tool call {what} has its result already."
            : $"Invalid '{path}': no tool call {what} comes before it."));
    }

    /// <summary>A call, and its result once it has come.</summary>
    internal sealed class Entry(ToolCallPart call, FieldPath path)
    {
        // The vendors refuse a call without a result, and a call that a user broke off has none.
        private const string NoResult = "No result was given for this call.";

        public ToolCallPart Call { get; } = call;

        public FieldPath Path { get; } = path;

        public ToolResultPart? Result { get; set; }

        public Part ResultPart() => new()
        {
            ToolResult = Result ?? new ToolResultPart
            {
                ToolCallId = Call.Id,
                Name = Call.Name,
                IsError = true,
                Content = { new Part { Text = new TextPart { Text = NoResult } } },
            },
        };
    }
}
