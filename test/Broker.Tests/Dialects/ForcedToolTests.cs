using Polydev.Broker.Errors;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>A call of a tool that must be made, and no tool to call: the vendors refuse it, where a model would only chat.</summary>
internal sealed class ForcedToolTests
{
    private const string OpenAiWords = "only allowed when";
    private const string AnthropicWords = "tool_choice may only be specified while providing tools";
    private const string GoogleWords = "Function calling config is set without function_declarations";

    [TestCase("chat", "\"tool_choice\":\"required\"", "tool_choice", OpenAiWords)]
    [TestCase("chat", "\"tool_choice\":\"required\",\"tools\":[]", "tool_choice", OpenAiWords)]
    [TestCase("chat", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", "tool_choice", OpenAiWords)]
    [TestCase("chat", "\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\"}}", "tool_choice", OpenAiWords)]
    [TestCase("chat", "\"function_call\":{\"name\":\"f\"}", "function_call", OpenAiWords)]
    [TestCase("responses", "\"tool_choice\":\"required\"", "tool_choice", OpenAiWords)]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"}", "tool_choice", OpenAiWords)]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"web_search\"}", "tool_choice", OpenAiWords)]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"any\"}", "tool_choice", AnthropicWords)]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"},\"tools\":[]", "tool_choice", AnthropicWords)]
    [TestCase("gemini", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}",
        "toolConfig.functionCallingConfig.mode", GoogleWords)]
    [TestCase("gemini", "\"tool_config\":{\"function_calling_config\":{\"mode\":\"any\"}},\"tools\":[{}]",
        "tool_config.function_calling_config.mode", GoogleWords)]
    [TestCase("gemini", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"AUTO\",\"allowedFunctionNames\":[\"f\"]}}",
        "toolConfig.functionCallingConfig.allowedFunctionNames", GoogleWords)]
    public void Read_ForcedToolWithoutTools_IsRefusedInTheVendorsWords(string dialect, string fields, string param, string words)
    {
        var error = Assert.Throws<ApiException>(() => DialectRequest.Read(dialect, fields))!.Error;

        Assert.That((error.Kind, error.Param), Is.EqualTo((ApiErrorKind.InvalidRequest, param)));
        Assert.That(error.Message, Does.Contain(words));
    }

    [TestCase("chat", "\"tool_choice\":\"auto\",\"function_call\":\"none\"")]
    [TestCase("chat", "\"tool_choice\":null,\"tools\":null")]
    [TestCase("responses", "\"tool_choice\":\"none\"")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}")]
    [TestCase("anthropic", "\"tool_choice\":{\"type\":\"none\"}")]
    [TestCase("gemini", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"NONE\",\"allowedFunctionNames\":[]}}")]
    [TestCase("gemini", "\"toolConfig\":{}")]
    public void Read_FreeChoiceWithoutTools_AsksForNothing(string dialect, string fields)
    {
        var requested = DialectRequest.Read(dialect, fields).Requested.Select(asked => asked.Field);

        Assert.That(requested, Is.EqualTo(dialect == "anthropic" ? ["max_tokens"] : Array.Empty<string>()));
    }

    [TestCase("\"previous_response_id\":\"resp_1\"", "previous_response_id")]
    [TestCase("\"previous_response_id\":\"\",\"conversation\":{\"id\":\"c\"}", "conversation")]
    [TestCase("\"background\":true", "background")]
    [TestCase("\"best_of\":3", "best_of")]
    [TestCase("\"suffix\":\"}\"", "suffix")]
    [TestCase("\"echo\":true", "echo")]
    public void Read_WhatChangesTheAnswer_IsRefusedInBothOfOpenAisDialects(string fields, string param) => Assert.Multiple(() =>
    {
        Assert.That(Assert.Throws<ApiException>(() => DialectRequest.Read("chat", fields))!.Error.Param, Is.EqualTo(param));
        Assert.That(Assert.Throws<ApiException>(() => DialectRequest.Read("responses", fields))!.Error.Param, Is.EqualTo(param));
    });

    [TestCase("\"previous_response_id\":\"\",\"prompt\":\"\",\"suffix\":\"\",\"echo\":false,\"best_of\":1,\"background\":false")]
    [TestCase("\"truncation\":\"disabled\",\"include\":[]")]
    public void Read_DefaultsOfSuchFields_AskForNothing(string fields) => Assert.Multiple(() =>
    {
        Assert.That(DialectRequest.Read("chat", fields).Requested, Is.Empty);
        Assert.That(DialectRequest.Read("responses", fields).Requested, Is.Empty);
    });
}
