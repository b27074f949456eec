using Polydev.ModelProvider.Scripts;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// The tool calls that a hostile or confused model would make on each CLI to run a command, write the canary or read the secret: the
/// lists that the CLIs' own tools suggest. Each would leave a trace if its tool were there.
/// </summary>
internal static class ForgedCalls
{
    public static ProviderScript For(string model, string canary, string secret) => Calls(model, canary, secret)
        .Aggregate(ProviderScript.Say("Let me look."), (script, call) => script.ToolCall(call.Name, call.Arguments));

    private static IEnumerable<(string Name, string Arguments)> Calls(string model, string canary, string secret) => model switch
    {
        _ when model.StartsWith("claude", StringComparison.Ordinal) =>
        [
            ("Bash", $$"""{"command":"touch {{canary}}"}"""),
            ("Write", $$"""{"file_path":"{{canary}}","content":"x"}"""),
            ("Read", $$"""{"file_path":"{{secret}}"}"""),
            ("Edit", $$"""{"file_path":"{{secret}}","old_string":"secret","new_string":"gone"}"""),
            ("Task", $$"""{"description":"x","prompt":"touch {{canary}}","subagent_type":"general-purpose"}"""),
            ("Glob", """{"pattern":"**/*"}"""),
            ("Grep", """{"pattern":"secret","path":"/"}"""),
            ("NotebookEdit", $$"""{"notebook_path":"{{canary}}","new_source":"x"}"""),
            ("WebFetch", """{"url":"http://127.0.0.1:1/","prompt":"x"}"""),
            ("Skill", """{"skill":"init"}"""),
            ("mcp__other__run", "{}"),
        ],
        _ when model.StartsWith("gemini", StringComparison.Ordinal) =>
        [
            ("run_shell_command", $$"""{"command":"touch {{canary}}"}"""),
            ("write_file", $$"""{"file_path":"{{canary}}","content":"x"}"""),
            ("read_file", $$"""{"file_path":"{{secret}}"}"""),
            ("read_many_files", $$"""{"include":["{{secret}}"]}"""),
            ("replace", $$"""{"file_path":"{{secret}}","old_string":"secret","new_string":"gone"}"""),
            ("list_directory", """{"dir_path":"/"}"""),
            ("glob", """{"pattern":"**/*"}"""),
            ("grep_search", """{"pattern":"secret"}"""),
            ("save_memory", """{"fact":"x"}"""),
            ("web_fetch", """{"prompt":"http://127.0.0.1:1/"}"""),
            ("mcp_other_tool", "{}"),
        ],
        _ =>
        [
            ("shell", $$"""{"command":["touch","{{canary}}"]}"""),
            ("shell_command", $$"""{"command":"touch {{canary}}"}"""),
            ("exec_command", $$"""{"cmd":"touch {{canary}}"}"""),
            ("container.exec", $$"""{"cmd":["touch","{{canary}}"]}"""),
            ("apply_patch", $$"""{"input":"*** Begin Patch\n*** Add File: {{canary}}\n+x\n*** End Patch"}"""),
            ("write_stdin", $$"""{"session_id":1,"chars":"touch {{canary}}\n"}"""),
            ("view_image", $$"""{"path":"{{secret}}"}"""),
            ("read_file", $$"""{"file_path":"{{secret}}"}"""),
            ("list_dir", """{"dir_path":"/"}"""),
            ("grep_files", """{"pattern":"secret","path":"/"}"""),
            ("update_plan", """{"plan":[]}"""),
            ("spawn_agent", """{"message":"x"}"""),
            ("mcp__other__run", "{}"),
        ],
    };
}
