using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.Anthropic;

/// <summary>message_start, the blocks with their deltas, message_delta, message_stop: each frame with its <c>event:</c> line.</summary>
internal sealed class AnthropicStream(ServerSentEventStream events, ProviderRequest request, ProviderScript script) : IAnswerStream
{
    private ProviderStep? _open;
    private int _index = -1;

    public async Task StartAsync()
    {
        await events.OpenAsync();
        await WriteAsync("message_start", new
        {
            type = "message_start",
            message = new
            {
                id = $"msg_{request.Number:0000}",
                type = "message",
                role = "assistant",
                model = request.Model,
                content = Array.Empty<object>(),
                stop_reason = (string?)null,
                stop_sequence = (string?)null,
                usage = AnthropicJson.Usage(script.Usage, 1),
            },
        });
    }

    public async Task WriteAsync(ProviderStep step)
    {
        switch (step)
        {
            case ProviderStep.Text text:
                await OpenBlockAsync(step, new { type = "text", text = string.Empty });
                await WriteDeltaAsync(new { type = "text_delta", text = text.Piece });
                break;
            case ProviderStep.Thinking thinking:
                await OpenBlockAsync(step, new { type = "thinking", thinking = string.Empty, signature = string.Empty });
                await WriteDeltaAsync(new { type = "thinking_delta", thinking = thinking.Piece });
                break;
            case ProviderStep.ToolCall call:
                await OpenBlockAsync(step, new { type = "tool_use", id = call.Id, name = call.Name, input = new { } });
                await WriteDeltaAsync(new { type = "input_json_delta", partial_json = call.ArgumentsJson });
                break;
            case ProviderStep.Raw raw:
                await OpenBlockAsync(step, ProviderJson.Parse(raw.Json));
                break;
        }
    }

    public Task FailAsync(ProviderStep.MidStreamError error) =>
        WriteAsync("error", new { type = "error", error = new { type = error.Type, message = error.Message } });

    public async Task FinishAsync(ScriptedAnswer answer)
    {
        await CloseBlockAsync();
        await WriteAsync("message_delta", new
        {
            type = "message_delta",
            delta = new { stop_reason = AnthropicJson.StopReason(script, answer), stop_sequence = script.StopSequence },
            usage = AnthropicJson.Usage(script.Usage, script.Usage?.Output ?? 0),
        });
        await WriteAsync("message_stop", new { type = "message_stop" });
    }

    /// <summary>Opens a block, unless the open one takes more deltas of this kind.</summary>
    private async Task OpenBlockAsync(ProviderStep step, object block)
    {
        if (step is ProviderStep.Text or ProviderStep.Thinking && _open?.GetType() == step.GetType())
        {
            return;
        }

        await CloseBlockAsync();
        _open = step;
        _index++;
        await WriteAsync("content_block_start", new { type = "content_block_start", index = _index, content_block = block });
    }

    private async Task CloseBlockAsync()
    {
        if (_open is null)
        {
            return;
        }

        if (_open is ProviderStep.Thinking)
        {
            await WriteDeltaAsync(new { type = "signature_delta", signature = AnthropicJson.Signature });
        }

        await WriteAsync("content_block_stop", new { type = "content_block_stop", index = _index });
        _open = null;
    }

    private Task WriteDeltaAsync(object delta) =>
        WriteAsync("content_block_delta", new { type = "content_block_delta", index = _index, delta });

    private Task WriteAsync(string name, object data) => events.WriteAsync(data, name);
}
