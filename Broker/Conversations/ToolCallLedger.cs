using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>
/// The tool calls of one conversation: gives each an id of its own, and finds the call that a result answers. Belongs to one
/// <see cref="ConversationBuilder"/>.
/// </summary>
internal sealed class ToolCallLedger
{
    // Stands where a call was passed over, so that its result is not taken for that of an older call.
    private static readonly Entry Ignored = new(new ToolCallPart(), string.Empty, new FieldPath(null, string.Empty));

    // As the caller wrote the ids: some clients count their calls anew in each turn, so that an id comes again.
    private readonly Dictionary<string, WaitingCalls> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WaitingCalls> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ignored = new(StringComparer.Ordinal);
    private int _made;

    /// <summary>Takes a call in; an id that is missing (Google's may be) or not the first of its kind is replaced.</summary>
    /// <param name="turn">The number of its turn: rising, and the same for the calls of one turn.</param>
    /// <param name="written">The id as the caller wrote it.</param>
    public Entry Add(ToolCallPart call, int turn, string written, FieldPath path)
    {
        var entry = new Entry(call, written, path);
        Of(_byName, call.Name).Add(entry, turn);
        if (call.Id.Length > 0)
        {
            Of(_byId, call.Id).Add(entry, turn);
        }

        while (call.Id.Length == 0 || !_ids.Add(call.Id))
        {
            // Counts on over the whole conversation, so that no number of equal ids makes this slow.
            call.Id = $"call_{++_made}";
        }

        return entry;
    }

    /// <summary>A call that we pass over: its result is passed over too.</summary>
    public void Ignore(string id, int turn)
    {
        _ignored.Add(id);
        Of(_byId, id).Add(Ignored, turn);
    }

    /// <summary>
    /// Gives the result to the call of its id, else, where it names its tool (Google's do), to one of that name. A call that was broken
    /// off waits for ever: so the latest turn's calls come first, in their order, and older ones after them.
    /// </summary>
    /// <param name="written">The id as the caller wrote it.</param>
    /// <returns>False where the result belongs to a call that is passed over.</returns>
    /// <exception cref="ApiException">No call waits for it.</exception>
    public bool Answer(ToolResultPart result, string written, FieldPath path)
    {
        var entry = Waiting(_byId, result.ToolCallId) ?? Waiting(_byName, result.Name);
        if (entry is null)
        {
            return _ignored.Contains(result.ToolCallId) ? false : throw Refuse(result, written, path);
        }

        if (entry == Ignored)
        {
            return false;
        }

        result.ToolCallId = entry.Call.Id;
        result.Name = entry.Call.Name;
        entry.Result = result;
        return true;
    }

    private static WaitingCalls Of(Dictionary<string, WaitingCalls> calls, string key)
    {
        if (!calls.TryGetValue(key, out var found))
        {
            calls[key] = found = new WaitingCalls();
        }

        return found;
    }

    private static Entry? Waiting(Dictionary<string, WaitingCalls> calls, string key) =>
        key.Length > 0 && calls.TryGetValue(key, out var found) ? found.Take() : null;

    private ApiException Refuse(ToolResultPart result, string written, FieldPath path)
    {
        var what = Describe(written, result.Name);
        var isKnown = _byId.ContainsKey(result.ToolCallId) || _byName.ContainsKey(result.Name);
        return new ApiException(ApiError.Invalid(path.ToString(), isKnown
            ? $"Invalid '{path}': the tool call {what} has its result already."
            : $"Invalid '{path}': no tool call {what} comes before it."));
    }

    private static string Describe(string id, string name) => id.Length > 0 ? $"with the id '{id}'" : $"of '{name}'";

    /// <summary>A call, and its result once it has come.</summary>
    internal sealed class Entry(ToolCallPart call, string written, FieldPath path)
    {
        // The vendors refuse a call without a result, and a call that a user broke off has none.
        private const string NoResult = "No result was given for this call.";

        public ToolCallPart Call { get; } = call;

        public FieldPath Path { get; } = path;

        /// <summary>In the caller's words.</summary>
        public string Description => Describe(written, Call.Name);

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

    // The calls of one id or name, by their turns; what has its result (found by the other of the two) is dropped on the way.
    private sealed class WaitingCalls
    {
        private readonly Stack<(int Turn, Queue<Entry> Calls)> _turns = new();

        public void Add(Entry entry, int turn)
        {
            if (!_turns.TryPeek(out var latest) || latest.Turn != turn)
            {
                latest = (turn, new Queue<Entry>());
                _turns.Push(latest);
            }

            latest.Calls.Enqueue(entry);
        }

        public Entry? Take()
        {
            while (_turns.TryPeek(out var latest))
            {
                while (latest.Calls.TryDequeue(out var entry))
                {
                    if (entry.Result is null)
                    {
                        return entry;
                    }
                }

                _turns.Pop();
            }

            return null;
        }
    }
}
