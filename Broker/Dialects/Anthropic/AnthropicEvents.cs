using System.Text.Json.Serialization;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>The events of a streamed message (docs: "Streaming messages"); the name of each stands in its <c>event:</c> line too.</summary>
internal static class AnthropicEvents
{
    internal sealed record MessageStart(AnthropicResponse Message)
    {
        public string Type { get; } = "message_start";
    }

    internal sealed record BlockStart(int Index, AnthropicBlock ContentBlock)
    {
        public string Type { get; } = "content_block_start";
    }

    internal sealed record BlockDelta(int Index, Delta Delta)
    {
        public string Type { get; } = "content_block_delta";
    }

    internal sealed record BlockStop(int Index)
    {
        public string Type { get; } = "content_block_stop";
    }

    internal sealed record MessageDelta(End Delta, AnthropicUsage Usage)
    {
        public string Type { get; } = "message_delta";
    }

    internal sealed record MessageStop
    {
        public string Type { get; } = "message_stop";
    }

    internal sealed record Ping
    {
        public string Type { get; } = "ping";
    }

    /// <summary>What a block grows by.</summary>
    internal sealed record Delta(string Type)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Text { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? PartialJson { get; init; }

        public static Delta OfText(string text) => new("text_delta") { Text = text };

        public static Delta OfInput(string json) => new("input_json_delta") { PartialJson = json };
    }

    /// <summary>How the message ended.</summary>
    internal sealed record End(string StopReason, string? StopSequence)
    {
        public static End Of(Finished finished) =>
            new(AnthropicResponse.StopReasonOf(finished), AnthropicResponse.StopSequenceOf(finished));
    }
}
