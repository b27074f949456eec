using System.Text.Json;
using Polydev.ModelProvider.Requests;

namespace Polydev.EndToEnd.Tests.Compatibility;

/// <summary>
/// That a thing was done, by <see cref="CompatibilityFeature"/>: what has reached the model, in the words of its vendor, or, where the
/// product holds to it by itself, what has come back.
/// </summary>
internal static class CompatibilityEvidence
{
    public static bool Question(CompatibilitySight seen) => seen.Received.LastUserText == CompatibilityFeature.Question;

    public static bool Stream(CompatibilitySight seen) => seen.MediaType == "text/event-stream"
        && seen.Body.Split('\n').Count(line => line.StartsWith("data: {", StringComparison.Ordinal)) > 1;

    public static bool SystemText(CompatibilitySight seen) =>
        seen.Received.Conversation.SystemTexts.Any(text => text.Contains(CompatibilityFeature.System, StringComparison.Ordinal))
        && !seen.Received.LastUserText.Contains(CompatibilityFeature.System, StringComparison.Ordinal);

    public static bool Turns(CompatibilitySight seen) =>
        seen.Turns.SequenceEqual([ProviderRole.User, ProviderRole.Assistant, ProviderRole.User]);

    /// <summary>The assistant's turn arrives as such, and something asks for what follows it.</summary>
    public static bool Prefill(CompatibilitySight seen) =>
        seen.Turns.Take(2).SequenceEqual([ProviderRole.User, ProviderRole.Assistant])
        && seen.Received.Conversation.Messages[^1].Role == ProviderRole.User;

    /// <summary>The vendor holds to it, or the tunnel has cut the answer.</summary>
    public static bool Limit(CompatibilitySight seen) => seen.Number("max_tokens", "maxOutputTokens") == CompatibilityFeature.Limit
        || (seen.Ended is "length" or "max_output_tokens" or "max_tokens" or "MAX_TOKENS"
            && seen.Text.Length is > 0 and < CompatibilityModel.LongText);

    /// <summary>The vendor holds to it, or the tunnel has cut the answer.</summary>
    public static bool Stop(CompatibilitySight seen) =>
        seen.Asked("stop_sequences").Contains(CompatibilityFeature.Stop, StringComparison.Ordinal)
        || (seen.Text == CompatibilityModel.Json && seen.Ended is "stop" or "stop_sequence" or "STOP");

    /// <summary>The number has reached the model.</summary>
    /// <param name="name">As OpenAI and Anthropic call it.</param>
    /// <param name="googles">As Google calls it.</param>
    public static Func<CompatibilitySight, bool> Number(string name, string googles, double value) =>
        seen => seen.Number(name, googles) == value;

    /// <summary>The measure that was asked for, in the words that the model's vendor has for it.</summary>
    public static bool Effort(CompatibilitySight seen) => seen.Received.Dialect switch
    {
        ProviderDialect.Anthropic => seen.Asked("output_config", "effort") == "low",
        ProviderDialect.OpenAi => seen.Asked("reasoning", "effort") == "low",
        _ => seen.Asked("generationConfig", "thinkingConfig", "thinkingBudget") == "2000",
    };

    public static bool Thoughts(CompatibilitySight seen) =>
        seen.Thoughts == CompatibilityModel.Thought && seen.Text == CompatibilityModel.Json;

    /// <summary>They are told, with what the caller is to send back.</summary>
    public static bool ThoughtsToSendBack(CompatibilitySight seen) => Thoughts(seen)
        && seen.Items("output").Any(item => CompatibilitySight.Word(item, "encrypted_content").Length > 0);

    public static bool Tools(CompatibilitySight seen) => IsOffered(seen, CompatibilityFeature.JsonTool)
        && seen.Raw.Contains("Tells the weather.", StringComparison.Ordinal)
        && seen.Calls is [(CompatibilityFeature.JsonTool, var given)] && IsJson(given);

    /// <summary>The vendor is told, or the model that chats is asked again, and what it has said is not given out.</summary>
    public static bool RequiredCall(CompatibilitySight seen) => Tools(seen) && seen.Text.Length == 0
        && (seen.Received.Dialect == ProviderDialect.Gemini || seen.Asked("tool_choice", "type") == "any");

    /// <summary>The vendor is told, or of a model that calls twice one call is given out.</summary>
    public static bool OneCall(CompatibilitySight seen) => IsOffered(seen, CompatibilityFeature.JsonTool)
        && (seen.Calls.Count == 1
            || seen.Asked("tool_choice", "disable_parallel_tool_use") == bool.TrueString
            || seen.Asked("parallel_tool_calls") == bool.FalseString);

    public static bool TextTool(CompatibilitySight seen) => IsOffered(seen, CompatibilityFeature.TextTool)
        && seen.Calls is [(CompatibilityFeature.TextTool, CompatibilityModel.ToolText)];

    public static bool Search(CompatibilitySight seen) => IsOffered(seen, "web_search") || IsOffered(seen, "googleSearch");

    /// <summary>Of a model that fences it.</summary>
    public static bool Json(CompatibilitySight seen) => IsJson(seen.Text);

    /// <summary>The model knows the schema, by its vendor's field or in words, and the answer is bare.</summary>
    public static bool Schema(CompatibilitySight seen) => Json(seen) && seen.Raw.Contains("additionalProperties", StringComparison.Ordinal);

    public static Func<CompatibilitySight, bool> Media(string type, string data) => seen =>
        seen.Received.Conversation.Messages.SelectMany(message => message.Media).ToList() is [var arrived]
        && (arrived == type || arrived == "input_image")
        && seen.Raw.Contains(data, StringComparison.Ordinal)
        && seen.Received.LastUserText == CompatibilityFeature.Turns;

    public static bool Stored(CompatibilitySight seen) => seen.Stored.Length > 0
        && JsonElement.Parse(seen.Stored).GetProperty("id").GetString() == seen.Answer("id")
        && (seen with { Body = seen.Stored }).Text == seen.Text;

    public static bool InTheBackground(CompatibilitySight seen) => seen.Answer("status") is "queued" or "in_progress";

    private static bool IsOffered(CompatibilitySight seen, string tool) =>
        seen.Received.Conversation.ToolNames.Any(name => name.EndsWith(tool, StringComparison.Ordinal));

    private static bool IsJson(string text) => text.Length > 0 && text[0] == '{'
        && JsonElement.DeepEquals(JsonElement.Parse(text), JsonElement.Parse(CompatibilityModel.Json));
}
