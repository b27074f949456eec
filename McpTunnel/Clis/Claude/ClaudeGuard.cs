using System.Text.Json;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// Looks at every line for a tool. None is mounted, so that each sign of one is a break of the lock: the CLI itself answers such a
/// call with "No such tool available" and asks the model again, but we do not wait for that.
/// </summary>
internal static class ClaudeGuard
{
    /// <exception cref="CliFailureException">The lock is broken.</exception>
    public static void Check(JsonElement line)
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
                throw ClaudeErrors.LockBroken(line.Member("request")?.TextOf("subtype") ?? "a control request");
            case "tool_progress":
                throw ClaudeErrors.LockBroken(line.TextOf("tool_name") ?? "tool_progress");
        }

        if (line.Member("parent_tool_use_id") is { ValueKind: JsonValueKind.String })
        {
            throw ClaudeErrors.LockBroken("a sub-agent");
        }
    }

    private static void CheckOffered(JsonElement init)
    {
        foreach (var list in (string[])["tools", "mcp_servers"])
        {
            if (init.Items(list).Any())
            {
                throw ClaudeErrors.LockBroken($"{list} offered to the model");
            }
        }
    }

    private static void CheckMessage(JsonElement line)
    {
        if (line.Member("message") is { } message)
        {
            foreach (var block in message.Items("content"))
            {
                CheckBlock(block);
            }
        }
    }

    private static void CheckBlock(JsonElement? block)
    {
        if (block?.TextOf("type") is not (null or "text" or "thinking" or "redacted_thinking"))
        {
            throw ClaudeErrors.LockBroken(block?.TextOf("name") ?? block?.TextOf("type") ?? "a content block");
        }
    }
}
