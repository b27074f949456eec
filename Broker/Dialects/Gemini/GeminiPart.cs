using System.Text.Json;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>A part of an answer: a text or a function call.</summary>
internal sealed record GeminiPart
{
    public string? Text { get; init; }

    public Call? FunctionCall { get; init; }

    public static GeminiPart OfText(string text) => new() { Text = text };

    public static GeminiPart OfCall(AnswerToolCall call) =>
        new() { FunctionCall = new Call(call.Id, call.Name, JsonElement.Parse(call.ArgumentsJson)) };

    internal sealed record Call(string Id, string Name, JsonElement Args);
}
