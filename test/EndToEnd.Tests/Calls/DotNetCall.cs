using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using Anthropic;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;
using Polydev.EndToEnd.Tests.Stacks;

namespace Polydev.EndToEnd.Tests.Calls;

/// <summary>
/// A call by an official .NET SDK, which asks once and no more: OpenAI's (both of its APIs) or Anthropic's. Google has none that can be had
/// here.
/// </summary>
internal sealed class DotNetCall(Stack stack, string sdk, string model, string text)
{
    /// <summary>Why the answer ended, in the SDK's own word; null before its end, or where it does not say.</summary>
    public string? Stop { get; private set; }

    /// <summary>The whole text.</summary>
    public Task<string> WholeAsync() => stack.Calls.RunAsync(AskAsync);

    /// <summary>The pieces as they reach the SDK's user.</summary>
    public async IAsyncEnumerable<string> StreamAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        stack.Calls.Begin();
        var isWhole = false;
        try
        {
            var pieces = sdk switch
            {
                "openai-chat" => ChatPiecesAsync(cancellationToken),
                "openai-responses" => ResponsePiecesAsync(cancellationToken),
                _ => MessagePiecesAsync(cancellationToken),
            };
            await foreach (var piece in pieces)
            {
                yield return piece;
            }

            isWhole = true;
        }
        finally
        {
            if (!isWhole)
            {
                stack.Calls.Abandon();
            }
        }

        stack.Calls.End();
    }

    private async Task<string> AskAsync()
    {
        switch (sdk)
        {
            case "openai-chat":
                ChatCompletion chat = await OpenAi().GetChatClient(model).CompleteChatAsync(text);
                Stop = chat.FinishReason.ToString();
                return chat.Content[0].Text;
            case "openai-responses":
                ResponseResult response = await OpenAi().GetResponsesClient().CreateResponseAsync(model, text);
                Stop = response.Status?.ToString();
                return response.GetOutputText();
            default:
                var message = await Anthropic().Messages.Create(Question());
                Stop = message.StopReason?.Raw();
                return string.Concat(message.Content.Select(block => block.TryPickText(out var part) ? part.Text : string.Empty));
        }
    }

    private async IAsyncEnumerable<string> ChatPiecesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var question = new UserChatMessage(text);
        var updates = OpenAi().GetChatClient(model).CompleteChatStreamingAsync([question], cancellationToken: cancellationToken);
        await foreach (var update in updates)
        {
            Stop = update.FinishReason?.ToString() ?? Stop;
            foreach (var part in update.ContentUpdate.Where(part => part.Text.Length > 0))
            {
                yield return part.Text;
            }
        }
    }

    private async IAsyncEnumerable<string> ResponsePiecesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var responses = OpenAi().GetResponsesClient();
        await foreach (var update in await responses.CreateResponseStreamingAsync(model, text, cancellationToken: cancellationToken))
        {
            switch (update)
            {
                case StreamingResponseOutputTextDeltaUpdate delta:
                    yield return delta.Delta;
                    break;
                case StreamingResponseCompletedUpdate completed:
                    Stop = completed.Response.Status?.ToString();
                    break;
            }
        }
    }

    private async IAsyncEnumerable<string> MessagePiecesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in Anthropic().Messages.CreateStreaming(Question(), cancellationToken))
        {
            if (update.TryPickDelta(out var end))
            {
                Stop = end.Delta.StopReason?.Raw();
            }

            if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var part))
            {
                yield return part.Text;
            }
        }
    }

    private OpenAIClient OpenAi() => new(
        new ApiKeyCredential(stack.Key),
        new OpenAIClientOptions { Endpoint = new Uri(stack.ApiBase), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });

    private AnthropicClient Anthropic() => new() { ApiKey = stack.Key, BaseUrl = stack.ApiBase, MaxRetries = 0 };

    private MessageCreateParams Question() => new()
    {
        Model = model,
        MaxTokens = 1000,
        Messages = [new UserMessageParam { Content = text }],
    };
}
