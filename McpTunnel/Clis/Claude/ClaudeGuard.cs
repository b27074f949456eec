using System.Text.Json;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// Looks at every line for a tool that is not the caller's, each sign of which is a break of the lock: the CLI itself answers such a
/// call with "No such tool available" and asks the model again, but we do not wait for that.
/// </summary>
internal sealed class ClaudeGuard(CallerTools tools)
{
    // Made with the first call: most turns have none.
    private HashSet<string>? _calls;

    /// <exception cref="CliFailureException">The lock is broken.</exception>
    public void Check(JsonElement line)
    {
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

        if (line.Member("parent_tool_use_id") is { ValueKind: JsonValueKind.String })
        {
            throw CallerTools.Broken("a sub-agent");
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

            // The CLI's own, by which it refuses arguments that it cannot read. Nothing was run: a call is never answered.
            case "tool_result" when block?.TextOf("tool_use_id") is { } refused && _calls?.Contains(refused) == true:
                return;
            case "tool_use":
                tools.ThrowUnlessCallable(block?.TextOf("name"), "tool_use");
                (_calls ??= []).Add(block?.TextOf("id") ?? string.Empty);
                return;
            case { } type:
                throw CallerTools.Broken(block?.TextOf("name") ?? type);
        }
    }
}
