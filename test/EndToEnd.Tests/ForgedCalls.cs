using Polydev.ModelProvider.Scripts;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// The tool calls that a hostile or confused model would make on each CLI to run a command, write the canary or read the secret: the
/// lists that the CLIs' own tools suggest. Each would leave a trace if its tool were there.
/// </summary>
internal static class ForgedCalls
{
    public static IEnumerable<ForgedCall> Of(string model) => model switch
    {
        _ when model.StartsWith("claude", StringComparison.Ordinal) =>
        [
            new("Bash", """{"command":"touch CANARY"}"""),
            new("Write", """{"file_path":"CANARY","content":"x"}"""),
            new("Read", """{"file_path":"SECRET"}"""),
            new("Edit", """{"file_path":"SECRET","old_string":"secret","new_string":"gone"}"""),
            new("Task", """{"description":"x","prompt":"touch CANARY","subagent_type":"general-purpose"}"""),
            new("Glob", """{"pattern":"**/*"}"""),
            new("Grep", """{"pattern":"secret","path":"/"}"""),
            new("NotebookEdit", """{"notebook_path":"CANARY","new_source":"x"}"""),
            new("WebFetch", """{"url":"http://127.0.0.1:1/","prompt":"x"}"""),
            new("Skill", """{"skill":"init"}"""),
            new("mcp__other__run", "{}"),
        ],

        // Gemini CLI names no tool when it ends a turn over one.
        _ when model.StartsWith("gemini", StringComparison.Ordinal) => new ForgedCall[]
        {
            new("run_shell_command", """{"command":"touch CANARY"}"""),
            new("write_file", """{"file_path":"CANARY","content":"x"}"""),
            new("read_file", """{"file_path":"SECRET"}"""),
            new("read_many_files", """{"include":["SECRET"]}"""),
            new("replace", """{"file_path":"SECRET","old_string":"secret","new_string":"gone"}"""),
            new("list_directory", """{"dir_path":"/"}"""),
            new("glob", """{"pattern":"**/*"}"""),
            new("grep_search", """{"pattern":"secret"}"""),
            new("save_memory", """{"fact":"x"}"""),
            new("web_fetch", """{"prompt":"http://127.0.0.1:1/"}"""),
            new("mcp_other_tool", "{}"),
        }.Select(call => call with { Told = "a tool" }),

        // Codex asks the model again as soon as an answer with a call has ended, before anybody could stop it: these answers go on behind
        // the call and never end, so that what is counted is what the lock has let pass.
        _ => new ForgedCall[]
        {
            new("shell", """{"command":["touch","CANARY"]}"""),
            new("shell_command", """{"command":"touch CANARY"}"""),
            new("exec_command", """{"cmd":"touch CANARY"}"""),
            new("container.exec", """{"cmd":["touch","CANARY"]}"""),
            new("apply_patch", """{"input":"*** Begin Patch\n*** Add File: CANARY\n+x\n*** End Patch"}"""),
            new("write_stdin", """{"session_id":1,"chars":"touch CANARY\n"}"""),
            new("view_image", """{"path":"SECRET"}"""),
            new("read_file", """{"file_path":"SECRET"}"""),
            new("list_dir", """{"dir_path":"/"}"""),
            new("grep_files", """{"pattern":"secret","path":"/"}"""),
            new("update_plan", """{"plan":[]}"""),
            new("spawn_agent", """{"message":"x"}"""),
            new("mcp__other__run", "{}"),
        }.Select(call => call with { IsHanging = true }),
    };
}

/// <summary>One of them. CANARY and SECRET stand for paths of the test's.</summary>
public sealed record ForgedCall(string Name, string Arguments)
{
    /// <summary>More of the answer follows the call, and the answer does not end.</summary>
    internal bool IsHanging { get; init; }

    /// <summary>How the failure names it.</summary>
    internal string Told { get; init; } = Name;

    internal ProviderScript Script(string canary, string secret)
    {
        var arguments = Arguments.Replace("CANARY", canary).Replace("SECRET", secret);
        var script = ProviderScript.Say("Let me look.").ToolCall(Name, arguments);
        return IsHanging ? script.Text("One moment.").Hang() : script;
    }
}
