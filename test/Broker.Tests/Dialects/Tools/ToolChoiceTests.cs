using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>What the model may or must do with the tools f and g, in each dialect's words.</summary>
internal sealed class ToolChoiceTests
{
    private const string Allowed = """
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}}
        """;

    [TestCase("chat", "\"tool_choice\":\"required\"", ToolChoiceMode.Required, "", "f,g", "tool_choice")]
    [TestCase("chat", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}",
        ToolChoiceMode.Named, "g", "f,g", "tool_choice")]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"function\",\"name\":\"g\"}", ToolChoiceMode.Named, "g", "f,g", "tool_choice")]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"required\",\"tools\":[{\"name\":\"g\"}]}",
        ToolChoiceMode.Required, "", "g", "tool_choice")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"any\"}", ToolChoiceMode.Required, "", "f,g", "tool_choice")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"}", ToolChoiceMode.Named, "f", "f,g", "tool_choice")]
    [TestCase("gemini", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}", ToolChoiceMode.Required, "", "f,g",
        "toolConfig.functionCallingConfig.mode")]
    [TestCase("gemini", "\"tool_config\":{\"function_calling_config\":{\"mode\":\"any\",\"allowed_function_names\":[\"g\"]}}",
        ToolChoiceMode.Required, "", "g", "tool_config.function_calling_config.mode")]
    public void Read_ForcedChoice_IsInTheWorkAndNamed(
        string dialect, string choice, ToolChoiceMode mode, string name, string tools, string field)
    {
        var call = Read(dialect, choice);

        var work = call.Work();
        Assert.That(work.ToolChoice, Is.EqualTo(new ToolChoice { Mode = mode, Name = name }));
        Assert.That(work.Tools.Select(tool => tool.Name), Is.EqualTo(tools.Split(',')));
        Assert.That(call.Requested.Where(asked => asked.Feature == RequestFeatures.ToolChoice).Select(asked => asked.Field),
            Is.EqualTo(new[] { field }));
    }

    [TestCase("chat", "\"tool_choice\":\"none\"")]
    [TestCase("responses", "\"tool_choice\":\"none\",\"parallel_tool_calls\":false")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"none\"}")]
    [TestCase("gemini", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"NONE\"}}")]
    public void Read_None_GivesNoTool(string dialect, string choice)
    {
        var call = Read(dialect, choice);

        var work = call.Work();
        Assert.That((work.Tools.Count, work.ToolChoice), Is.EqualTo((0, (ToolChoice?)null)));
        Assert.That(call.Requested.Select(asked => asked.Field), Is.SubsetOf(new[] { "max_tokens" }));
    }

    [TestCase("chat", "\"parallel_tool_calls\":false", "parallel_tool_calls")]
    [TestCase("responses", "\"parallel_tool_calls\":false,\"tool_choice\":\"auto\"", "parallel_tool_calls")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}",
        "tool_choice.disable_parallel_tool_use")]
    public void Read_OneCallAtMost_IsInTheWorkAndNamed(string dialect, string choice, string field)
    {
        var call = Read(dialect, choice);

        Assert.That(call.Work().ToolChoice, Is.EqualTo(new ToolChoice { Mode = ToolChoiceMode.Auto, DisableParallel = true }));
        Assert.That(call.Requested.Where(asked => asked.Feature == RequestFeatures.SingleToolCall).Select(asked => asked.Field),
            Is.EqualTo(new[] { field }));
    }

    [Test]
    public void Read_AllowedTools_AreGivenAlone()
    {
        var work = Read("chat", Allowed).Work();

        Assert.That(work.Tools.Select(tool => tool.Name), Is.EqualTo(new[] { "g" }));
        Assert.That(work.ToolChoice, Is.Null);
    }

    [TestCase("chat", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"x\"}}", "tool_choice.function.name")]
    [TestCase("chat", "\"tool_choice\":{\"type\":\"function\"}", "tool_choice.name")]
    [TestCase("chat", "\"tool_choice\":{\"type\":\"custom\",\"custom\":{\"name\":\"x\"}}", "tool_choice.custom.name")]
    [TestCase("chat", "\"tool_choice\":\"function\"", "tool_choice")]
    [TestCase("chat", "\"tool_choice\":\"f\"", "tool_choice")]
    [TestCase("chat", "\"tool_choice\":7", "tool_choice")]
    [TestCase("chat", "\"parallel_tool_calls\":\"no\"", "parallel_tool_calls")]
    [TestCase("chat", "\"functions\":[{\"name\":\"f\"}]", "functions")]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"function\",\"name\":\"x\"}", "tool_choice.name")]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"web_search\"}", "tool_choice")]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":[]}", "tool_choice.tools")]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":[{\"name\":\"x\"}]}",
        "tool_choice.tools[0].name")]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"any\",\"tools\":[{\"name\":\"f\"}]}",
        "tool_choice.mode")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"tool\",\"name\":\"x\"}", "tool_choice.name")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"tool\"}", "tool_choice.name")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"f\"}", "tool_choice.type")]
    [TestCase("gemini", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\",\"x\"]}}",
        "toolConfig.functionCallingConfig.allowedFunctionNames[1]")]
    [TestCase("gemini", "\"toolConfig\":{\"functionCallingConfig\":{\"allowedFunctionNames\":[\"f\"]}}",
        "toolConfig.functionCallingConfig.allowedFunctionNames")]
    [TestCase("gemini", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"SOME\"}}", "toolConfig.functionCallingConfig.mode")]
    public void Read_ChoiceThatCannotBe_NamesTheField(string dialect, string choice, string field) =>
        Assert.That(ToolRequests.Refused(dialect, $"{ToolRequests.Tools(dialect, "{}", "f", "g")},{choice}"), Is.EqualTo(field));

    [TestCase("chat", "{\"type\":\"web_search\"}", "tools.web_search")]
    [TestCase("responses", "{\"type\":\"web_search_preview_2025_03_11\"}", "tools.web_search_preview_2025_03_11")]
    [TestCase("responses", "{\"type\":\"image_generation\",\"model\":\"x\"}", "tools.image_generation")]
    [TestCase("responses", "{\"type\":\"namespace\",\"name\":\"multi_agent_v1\",\"tools\":[{\"name\":\"f\"}]}", "tools.namespace")]
    [TestCase("anthropic", "{\"type\":\"tool_search_tool_bm25_20251119\",\"name\":\"s\"}", "tools.tool_search_tool_bm25_20251119")]
    [TestCase("anthropic", "{\"type\":\"web_search_20250305\",\"name\":\"web_search\",\"max_uses\":5}", "tools.web_search_20250305")]
    [TestCase("gemini", "{\"googleSearch\":{}}", "tools.googleSearch")]
    [TestCase("gemini", "{\"google_search\":{\"exclude_domains\":[\"x\"]}}", "tools.google_search")]
    public void Read_VendorsToolSentByDefault_IsPassedOverAndNamed(string dialect, string tool, string field)
    {
        var call = DialectRequest.Read(dialect, $"\"tools\":[{tool}]");

        Assert.That(call.Work().Tools, Is.Empty);
        Assert.That(call.Requested.Select(asked => asked.Field), Does.Contain(field));
    }

    [TestCase("responses", "{\"type\":\"code_interpreter\",\"container\":{}}", "tools[0].type")]
    [TestCase("responses", "{\"type\":\"mcp\",\"server_url\":\"x\"}", "tools[0].type")]
    [TestCase("responses", "{\"type\":\"namespace\",\"name\":\"mcp__files\",\"tools\":[]}", "tools[0].type")]
    [TestCase("responses", "{\"type\":\"namespace\"}", "tools[0].type")]
    [TestCase("responses", "{\"type\":7}", "tools[0].type")]
    [TestCase("anthropic", "{\"type\":\"bash_20250124\",\"name\":\"bash\"}", "tools[0].type")]
    [TestCase("anthropic", "{\"type\":\"web_fetch_20250910\",\"name\":\"web_fetch\"}", "tools[0].type")]
    [TestCase("gemini", "{\"codeExecution\":{}}", "tools[0].codeExecution")]
    public void Read_VendorsOtherTool_IsRefused(string dialect, string tool, string field) =>
        Assert.That(ToolRequests.Refused(dialect, $"\"tools\":[{tool}]"), Is.EqualTo(field));

    // Cursor's ask mode sends both forms in one list.
    [TestCase("chat")]
    [TestCase("responses")]
    public void Read_NestedAndFlatFunctions_AreBothTaken(string dialect) =>
        Assert.That(
            DialectRequest.Read(dialect, """
                "tools":[{"type":"function","name":"f"},{"type":"function","function":{"name":"g"}}]
                """).Work().Tools.Select(tool => tool.Name),
            Is.EqualTo(new[] { "f", "g" }));

    private static Broker.Dialects.CompletionCall Read(string dialect, string choice) =>
        DialectRequest.Read(dialect, $"{ToolRequests.Tools(dialect, "{}", "f", "g")},{choice}");
}
