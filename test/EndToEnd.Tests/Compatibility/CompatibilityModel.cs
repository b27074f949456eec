using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.EndToEnd.Tests.Compatibility;

/// <summary>What the model behind the CLIs says to a feature: that which shows whether anybody holds to what was asked.</summary>
internal static class CompatibilityModel
{
    public const string Json = """{"a":1}""";
    public const string Thought = "It is so.";
    public const string ToolText = "x";

    /// <summary>Characters, far above the limit that is asked for.</summary>
    public const int LongText = 20_000;

    /// <summary>Does what it is asked: calls a tool where there is one, else writes JSON.</summary>
    public static ProviderScript Obeys(ProviderRequest request, bool isFirst) => request.Conversation.ToolNames switch
    {
        [] => ProviderScript.Say(Json),
        [var tool, ..] => Calls(tool, "toolu_1"),
    };

    public static ProviderScript CallsTwice(ProviderRequest request, bool isFirst) =>
        Calls(request.Conversation.ToolNames[0], "toolu_1").Append(Calls(request.Conversation.ToolNames[0], "toolu_2"));

    /// <summary>Where its vendor is not told that it has to call, it chats first.</summary>
    public static ProviderScript Chats(ProviderRequest request, bool isFirst) =>
        request.Dialect == ProviderDialect.Gemini && isFirst ? ProviderScript.Say("Well.") : Obeys(request, isFirst);

    public static ProviderScript Thinks(ProviderRequest request, bool isFirst) => ProviderScript.Empty.Thinking(Thought).Text(Json);

    public static ProviderScript Fences(ProviderRequest request, bool isFirst) => ProviderScript.Say($"```json\n{Json}\n```");

    /// <summary>A vendor that is told of a schema holds to it; a model that is told in words fences.</summary>
    public static ProviderScript FencesUnlessTold(ProviderRequest request, bool isFirst) =>
        request.Dialect == ProviderDialect.Gemini ? Fences(request, isFirst) : Obeys(request, isFirst);

    public static ProviderScript GoesOn(ProviderRequest request, bool isFirst) =>
        ProviderScript.Say([Json, .. Enumerable.Repeat(" and so on", LongText / 10)]);

    public static ProviderScript PassesTheStop(ProviderRequest request, bool isFirst) =>
        ProviderScript.Say(Json, CompatibilityFeature.Stop, " and so on");

    private static ProviderScript Calls(string tool, string id) => ProviderScript.Say(string.Empty).ToolCall(
        tool, tool.EndsWith(CompatibilityFeature.TextTool, StringComparison.Ordinal) ? $$"""{"input":"{{ToolText}}"}""" : Json, id);
}
