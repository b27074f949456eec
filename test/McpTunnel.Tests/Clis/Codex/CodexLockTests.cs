using System.Text.Json;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>A model that reaches for tools, against the real CLI.</summary>
internal sealed class CodexLockTests
{
    private static readonly string[] Models = [CodexRig.Model, "gpt-6.1-sol"];

    // TOUCH creates a canary, SECRET is a file whose content must never leave the machine.
    private static readonly (string Name, string Arguments)[] Calls =
    [
        ("shell", """{"command":["bash","-c","TOUCH; cat SECRET"]}"""),
        ("shell_command", """{"command":"TOUCH; cat SECRET"}"""),
        ("exec_command", """{"cmd":"TOUCH; cat SECRET"}"""),
        ("exec_command", """{"cmd":"TOUCH","sandbox_permissions":"require_escalated","justification":"please"}"""),
        ("container.exec", """{"cmd":["bash","-c","TOUCH"]}"""),
        ("local_shell", """{"command":["bash","-c","TOUCH"]}"""),
        ("write_stdin", """{"session_id":1,"chars":"TOUCH\n"}"""),
        ("apply_patch", """{"input":"*** Begin Patch\n*** Add File: CANARY\n+x\n*** End Patch"}"""),
        ("exec", """{"input":"await tools.exec_command({cmd:'TOUCH'})"}"""),
        ("view_image", """{"path":"SECRET"}"""),
        ("read_file", """{"file_path":"SECRET"}"""),
        ("list_dir", """{"dir_path":"/"}"""),
        ("grep_files", """{"pattern":"secret","path":"/"}"""),
        ("update_plan", """{"plan":[{"step":"x","status":"pending"}]}"""),
        ("request_user_input", """{"questions":[]}"""),
        ("request_permissions", """{"permissions":{}}"""),
        ("web_search", """{"query":"x"}"""),
        ("mcp__srv__tool", "{}"),
        ("list_mcp_resources", "{}"),
        ("read_mcp_resource", """{"server":"x","uri":"file://SECRET"}"""),
        ("spawn_agent", """{"message":"TOUCH"}"""),
        ("create_goal", """{"objective":"x"}"""),
        ("image_generation", """{"prompt":"x"}"""),
        ("tool_search", """{"query":"x"}"""),
        ("js_repl", """{"code":"TOUCH"}"""),
        ("sleep", """{"seconds":1}"""),
        ("wait", """{"cell_id":"1"}"""),
        ("no_such_tool", "not even JSON"),
    ];

    private static readonly string[] RawItems =
    [
        """{"type":"custom_tool_call","id":"c1","call_id":"k1","name":"apply_patch","input":"*** Begin Patch\n"""
            + """*** Add File: CANARY\n+x\n*** End Patch","status":"completed"}""",
        """{"type":"custom_tool_call","id":"c2","call_id":"k2","name":"exec","input":"await """
            + """tools.exec_command({cmd:'TOUCH'})","status":"completed"}""",
        """{"type":"local_shell_call","id":"c3","call_id":"k3","status":"completed","action":"""
            + """{"type":"exec","command":["bash","-c","TOUCH; cat SECRET"]}}""",
        """{"type":"web_search_call","id":"c4","status":"completed","action":{"type":"search","query":"x"}}""",
        """{"type":"tool_search_call","id":"c5","call_id":"k5","execution":"client","arguments":{"query":"x"},"status":"completed"}""",
        """{"type":"function_call","id":"c6","call_id":"k6","name":"spawn_agent","namespace":"collaboration","arguments":"""
            + """ "{\"message\":\"TOUCH\"}","status":"completed"}""",
        // Names that are mounted: not as functions, and not in a namespace of Codex's own.
        """{"type":"custom_tool_call","id":"c8","call_id":"k8","name":"client__exec","input":"TOUCH","status":"completed"}""",
        """{"type":"function_call","id":"c9","call_id":"k9","name":"client__spawn_agent","namespace":"collaboration","arguments":"""
            + """ "{\"message\":\"TOUCH\"}","status":"completed"}""",
        """{"type":"image_generation_call","id":"c7","status":"completed","result":""}""",
    ];

    private static IEnumerable<TestCaseData> ForgedCalls() =>
        Calls.Select((call, index) => new TestCaseData(call.Name, call.Arguments).SetArgDisplayNames($"{index}", call.Name));

    [TestCaseSource(nameof(ForgedCalls))]
    public Task RunAsync_ForgedFunctionCall_FailsTheTurnAndTouchesNothing(string name, string arguments) =>
        AttackAsync(CodexRig.Model, fill => ProviderScript.Empty.ToolCall(name, fill(arguments)));

    [TestCaseSource(nameof(RawItems))]
    public Task RunAsync_ForgedItem_FailsTheTurnAndTouchesNothing(string item) =>
        AttackAsync(CodexRig.Model, fill => ProviderScript.Empty.Raw(fill(item)));

    [TestCaseSource(nameof(Models))]
    public Task RunAsync_AllForgedCallsAtOnce_FailTheTurnAndTouchNothing(string model) => AttackAsync(model, fill =>
    {
        var script = Calls.Aggregate(ProviderScript.Say("Let me see."), (all, call) => all.ToolCall(call.Name, fill(call.Arguments)));
        return RawItems.Aggregate(script, (all, item) => all.Raw(fill(item)));
    });

    private static async Task AttackAsync(string model, Func<Func<string, string>, ProviderScript> attack)
    {
        await using var rig = await CodexRig.StartAsync();
        var canary = rig.Folder.File("canaries", "touched");
        var secret = rig.Folder.File("user", "secret.txt");
        await File.WriteAllTextAsync(secret, "the-content-of-the-secret");
        rig.Provider.Answer(attack(text => text.Replace("TOUCH", $"touch {canary}").Replace("CANARY", canary).Replace("SECRET", secret)));

        // The names of a request disarm nothing.
        var item = CodexRig.Ask("Hello", model);
        item.Tools.Add(Calls.Select(call => call.Name).Append("spawn_agent").Distinct().Select(name => new ToolSpec { Name = name }));

        var failure = rig.Fails(item);
        await rig.AssertNothingLeftAsync();

        Assert.Multiple(() =>
        {
            Assert.That(failure.Kind, Is.EqualTo(FailureKind.LockBroken), failure.Message);
            Assert.That(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(canary)!), Is.Empty);
            Assert.That(rig.Calls[0].Conversation.ToolNames, Has.Count.GreaterThan(20).And.All.Contains("client__"));
            Assert.That(rig.Provider.Requests.Select(Body), Has.None.Contain("the-content-of-the-secret"));

            // Codex asks the model again by itself; how often depends on how soon it hears of the interruption.
            Assert.That(rig.Provider.Requests, Has.Count.LessThanOrEqualTo(10));
        });
    }

    private static string Body(Polydev.ModelProvider.Requests.ProviderRequest request) =>
        request.Body.ValueKind == JsonValueKind.Undefined ? string.Empty : request.Body.GetRawText();
}
