using System.Text.Json;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// Looks at every line for a tool that is not the caller's, each sign of which is a break of the lock: the CLI itself answers such a
/// call with "No such tool available" and asks the model again, but we do not wait for that. One guard for a process, from its first line.
/// </summary>
internal sealed class ClaudeGuard(CallerTools tools)
{
    private const string NotThere = "No such tool available";

    // Made with the first call: most turns have none.
    private HashSet<string>? _calls;
    private HashSet<string>? _slips;

    // Said by "init", which comes before each question's answer.
    private bool _hasToldItsTools;

    public CallerTools Tools => tools;

    /// <summary>
    /// A call by which nothing ran, as far as the lines tell so far: it ends the turn. Null where there was none. What follows is to be
    /// checked on, for any sign that something ran breaks the lock all the same.
    /// </summary>
    public CliFailureException? Slip { get; private set; }

    /// <exception cref="CliFailureException">The lock is broken.</exception>
    public void Check(JsonElement line)
    {
        if (line.Member("parent_tool_use_id") is { ValueKind: JsonValueKind.String })
        {
            throw CallerTools.Broken("a sub-agent");
        }

        switch (line.TextOf("type"))
        {
            case "system" when line.TextOf("subtype") == "init":
                CheckOffered(line);
                break;
            case "stream_event" when line.Member("event") is { } next && next.TextOf("type") == "content_block_start":
                CheckBlock(next.Member("content_block"));
                break;
            case "assistant" or "user":
                CheckMessage(line);
                break;
            case "control_request":
                // A permission, a hook, an MCP message or a dialog: nothing of the kind was agreed on.
                throw CallerTools.Broken(line.Member("request")?.TextOf("subtype") ?? "a control request");
            case "tool_progress":
                tools.ThrowUnlessOwned(line.TextOf("tool_name"), "tool_progress");
                break;
        }
    }

    private void CheckOffered(JsonElement init)
    {
        var count = 0;
        foreach (var tool in init.Items("tools"))
        {
            tools.ThrowUnlessOwned(tool.ValueKind == JsonValueKind.String ? tool.GetString() : null, "tools offered to the model");
            count++;
        }

        if (init.Items("mcp_servers").Any(server => tools.Count == 0 || server.TextOf("name") != ClaudeTools.Server))
        {
            throw CallerTools.Broken("mcp_servers offered to the model");
        }

        // An answer without them would be another answer.
        if (count != tools.Count)
        {
            throw ClaudeErrors.ToolsNotTaken();
        }

        _hasToldItsTools = true;
    }

    private void CheckMessage(JsonElement line)
    {
        if (line.Member("message") is { } message)
        {
            foreach (var block in message.Items("content"))
            {
                CheckBlock(block);
            }
        }
    }

    private void CheckBlock(JsonElement? block)
    {
        switch (block?.TextOf("type"))
        {
            case null or "text" or "thinking" or "redacted_thinking":
                return;

            // The CLI's own, by which it refuses a call. Nothing was run: a call is never answered.
            case "tool_result" when IsRefusal(block.Value):
                return;
            case "tool_use":
                CheckCall(block.Value);
                return;
            case { } type:
                throw CallerTools.Broken(block?.TextOf("name") ?? type);
        }
    }

    private void CheckCall(JsonElement call)
    {
        var (name, id) = (call.TextOf("name"), call.TextOf("id") ?? string.Empty);
        if (tools.SlipOf(name, nothingElseIsThere: _hasToldItsTools) is { } slip)
        {
            Slip ??= slip;
            (_slips ??= []).Add(id);
            return;
        }

        tools.ThrowUnlessOwned(name, "tool_use");
        (_calls ??= []).Add(id);
    }

    // Of the caller's tools: arguments that it cannot read. Of a slip: that there is no such tool, and nothing else, such as that it may
    // not be used.
    private bool IsRefusal(JsonElement result) =>
        result.IsTrue("is_error") && result.TextOf("tool_use_id") is { } id
        && (_calls?.Contains(id) == true || (_slips?.Contains(id) == true && Says(result, NotThere)));

    private static bool Says(JsonElement result, string words) =>
        result.TextOf("content") is { } text
            ? text.Contains(words, StringComparison.Ordinal)
            : result.Items("content").Any(part => part.TextOf("text")?.Contains(words, StringComparison.Ordinal) == true);
}
