using Polydev.Broker.Errors;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>Requests with tools, in each dialect.</summary>
internal static class ToolRequests
{
    public static IEnumerable<string> Dialects => ["chat", "responses", "anthropic", "gemini"];

    /// <summary>The field that a 400 names.</summary>
    public static string? Refused(string dialect, string fields)
    {
        var error = Assert.Throws<ApiException>(() => DialectRequest.Read(dialect, fields), fields)!.Error;
        Assert.That(error.Kind, Is.EqualTo(ApiErrorKind.InvalidRequest));
        return error.Param;
    }

    /// <summary>The field that holds functions of these names and of one schema, in the dialect's own form.</summary>
    public static string Tools(string dialect, string schema, params IEnumerable<string> names)
    {
        var tools = names.Select(name => dialect switch
        {
            "chat" => $$$"""{"type":"function","function":{"name":"{{{name}}}","description":"D","parameters":{{{schema}}}}}""",
            "responses" => $$"""{"type":"function","name":"{{name}}","description":"D","parameters":{{schema}}}""",
            "anthropic" => $$"""{"name":"{{name}}","description":"D","input_schema":{{schema}}}""",
            _ => $$"""{"name":"{{name}}","description":"D","parametersJsonSchema":{{schema}}}""",
        });
        var list = string.Join(',', tools);
        return dialect == "gemini" ? $$"""
            "tools":[{"functionDeclarations":[{{list}}]}]
            """ : $"\"tools\":[{list}]";
    }

    /// <summary>Where a part of the first tool stands: its name or its schema.</summary>
    public static string PathOf(string dialect, int index, bool schema) => (dialect, schema) switch
    {
        ("chat", _) => $"tools[{index}].function.{(schema ? "parameters" : "name")}",
        ("responses", _) => $"tools[{index}].{(schema ? "parameters" : "name")}",
        ("anthropic", _) => $"tools[{index}].{(schema ? "input_schema" : "name")}",
        _ => $"tools[0].functionDeclarations[{index}].{(schema ? "parametersJsonSchema" : "name")}",
    };
}
