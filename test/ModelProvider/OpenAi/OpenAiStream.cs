using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider.OpenAi;

/// <summary>response.created, the output items with their deltas, response.completed: numbered from 0.</summary>
internal sealed class OpenAiStream(ServerSentEventStream events, ProviderRequest request, ProviderScript script) : IAnswerStream
{
    /// <summary>The open item with all of its deltas joined.</summary>
    private ProviderStep? _open;
    private int _index = -1;
    private int _sequence;

    private string ItemId => OpenAiJson.ItemId(request, _index);

    public async Task StartAsync()
    {
        await events.OpenAsync();
        await WriteAsync("response.created", new() { ["response"] = OpenAiJson.Bare(request, "in_progress") });
        await WriteAsync("response.in_progress", new() { ["response"] = OpenAiJson.Bare(request, "in_progress") });
    }

    public async Task WriteAsync(ProviderStep step)
    {
        switch (step, _open)
        {
            case (ProviderStep.Text next, ProviderStep.Text open):
                _open = new ProviderStep.Text(open.Piece + next.Piece);
                break;
            case (ProviderStep.Thinking next, ProviderStep.Thinking open):
                _open = new ProviderStep.Thinking(open.Piece + next.Piece);
                break;
            default:
                await CloseItemAsync();
                await OpenItemAsync(step);
                break;
        }

        switch (step)
        {
            case ProviderStep.Text text:
                await WriteTextAsync("response.output_text.delta", "delta", text.Piece);
                break;
            case ProviderStep.Thinking thinking:
                await WriteSummaryAsync("response.reasoning_summary_text.delta", "delta", thinking.Piece);
                break;
            case ProviderStep.ToolCall call:
                await WriteItemAsync(
                    "response.function_call_arguments.delta", new() { ["item_id"] = ItemId, ["delta"] = call.ArgumentsJson });
                break;
        }
    }

    public Task FailAsync(ProviderStep.MidStreamError error) => WriteAsync(
        "response.failed",
        new() { ["response"] = OpenAiJson.Bare(request, "failed", new { code = error.Type, message = error.Message }) });

    public async Task FinishAsync(ScriptedAnswer answer)
    {
        await CloseItemAsync();
        await WriteAsync(
            OpenAiJson.Incomplete(script) is null ? "response.completed" : "response.incomplete",
            new() { ["response"] = OpenAiJson.Response(request, script, answer) });
    }

    private async Task OpenItemAsync(ProviderStep step)
    {
        _open = step;
        _index++;
        await WriteItemAsync("response.output_item.added", new() { ["item"] = OpenAiJson.Item(step, ItemId, finished: false) });
        if (step is ProviderStep.Text)
        {
            await WriteTextAsync("response.content_part.added", "part", OpenAiJson.TextPart(string.Empty));
        }
        else if (step is ProviderStep.Thinking)
        {
            await WriteSummaryAsync("response.reasoning_summary_part.added", "part", new { type = "summary_text", text = string.Empty });
        }
    }

    private async Task CloseItemAsync()
    {
        switch (_open)
        {
            case null:
                return;
            case ProviderStep.Text text:
                await WriteTextAsync("response.output_text.done", "text", text.Piece);
                await WriteTextAsync("response.content_part.done", "part", OpenAiJson.TextPart(text.Piece));
                break;
            case ProviderStep.Thinking thinking:
                await WriteSummaryAsync("response.reasoning_summary_text.done", "text", thinking.Piece);
                await WriteSummaryAsync(
                    "response.reasoning_summary_part.done", "part", new { type = "summary_text", text = thinking.Piece });
                break;
            case ProviderStep.ToolCall call:
                await WriteItemAsync(
                    "response.function_call_arguments.done", new() { ["item_id"] = ItemId, ["arguments"] = call.ArgumentsJson });
                break;
        }

        await WriteItemAsync("response.output_item.done", new() { ["item"] = OpenAiJson.Item(_open, ItemId, finished: true) });
        _open = null;
    }

    private Task WriteTextAsync(string type, string field, object value) =>
        WriteItemAsync(type, new() { ["item_id"] = ItemId, ["content_index"] = 0, [field] = value });

    private Task WriteSummaryAsync(string type, string field, object value) =>
        WriteItemAsync(type, new() { ["item_id"] = ItemId, ["summary_index"] = 0, [field] = value });

    private Task WriteItemAsync(string type, Dictionary<string, object> fields)
    {
        fields["output_index"] = _index;
        return WriteAsync(type, fields);
    }

    private Task WriteAsync(string type, Dictionary<string, object> fields)
    {
        fields["type"] = type;
        fields["sequence_number"] = _sequence++;
        return events.WriteAsync(fields, type);
    }
}
