using System.ClientModel;
using System.Runtime.CompilerServices;
using Anthropic;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;
using Polydev.EndToEnd.Tests.Stacks;

namespace Polydev.EndToEnd.Tests.Calls;

/// <summary>A call by an official .NET SDK: OpenAI's (both of its APIs) or Anthropic's. Google has none that can be had here.</summary>
internal static class DotNetCall
{
    public static async Task<string> WholeAsync(Stack stack, string sdk, string model, string text)
    {
        switch (sdk)
        {
            case "openai-chat":
                ChatCompletion chat = await OpenAi(stack).GetChatClient(model).CompleteChatAsync(text);
                return chat.Content[0].Text;
            case "openai-responses":
                ResponseResult response = await OpenAi(stack).GetResponsesClient().CreateResponseAsync(model, text);
                return response.GetOutputText();
            default:
                var message = await Anthropic(stack).Messages.Create(Question(model, text));
                return string.Concat(message.Content.Select(block => block.TryPickText(out var part) ? part.Text : string.Empty));
        }
    }

    /// <summary>The pieces as they reach the SDK's user.</summary>
    public static async IAsyncEnumerable<string> StreamAsync(
        Stack stack, string sdk, string model, string text, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        switch (sdk)
        {
            case "openai-chat":
                var chat = OpenAi(stack).GetChatClient(model);
                var question = new UserChatMessage(text);
                await foreach (var update in chat.CompleteChatStreamingAsync([question], cancellationToken: cancellationToken))
                {
                    foreach (var part in update.ContentUpdate.Where(part => part.Text.Length > 0))
                    {
                        yield return part.Text;
                    }
                }

                break;
            case "openai-responses":
                var responses = OpenAi(stack).GetResponsesClient();
                var answer = await responses.CreateResponseStreamingAsync(model, text, cancellationToken: cancellationToken);
                await foreach (var update in answer)
                {
                    if (update is StreamingResponseOutputTextDeltaUpdate delta)
                    {
                        yield return delta.Delta;
                    }
                }

                break;
            default:
                await foreach (var update in Anthropic(stack).Messages.CreateStreaming(Question(model, text), cancellationToken))
                {
                    if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var part))
                    {
                        yield return part.Text;
                    }
                }

                break;
        }
    }

    private static OpenAIClient OpenAi(Stack stack) =>
        new(new ApiKeyCredential(stack.Key), new OpenAIClientOptions { Endpoint = new Uri(stack.ApiBase) });

    private static AnthropicClient Anthropic(Stack stack) => new() { ApiKey = stack.Key, BaseUrl = stack.ApiBase };

    private static MessageCreateParams Question(string model, string text) => new()
    {
        Model = model,
        MaxTokens = 1000,
        Messages = [new UserMessageParam { Content = text }],
    };
}
