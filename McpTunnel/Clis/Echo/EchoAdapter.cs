using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Echo;

/// <summary>
/// Repeats the last user text, word by word, so that the whole path can be tried without any CLI. Counts words as tokens.
/// </summary>
internal sealed class EchoAdapter : ICliAdapter
{
    private static readonly SearchValues<char> WhiteSpace =
        SearchValues.Create([.. Enumerable.Range(0, char.MaxValue).Select(code => (char)code).Where(char.IsWhiteSpace)]);

    public string Provider => Providers.Echo;

    public Task<CliInfo> DetectAsync(CancellationToken cancellationToken) => Task.FromResult(new CliInfo
    {
        Provider = Provider,
        Version = typeof(EchoAdapter).Assembly.GetName().Version?.ToString(3) ?? "0",
        State = CliState.Ready,
        Models = { new ModelInfo { Id = KnownModels.Echo, DisplayName = "Polydev echo" } },
        Honours = { RequestFeatures.MaxOutputTokens, RequestFeatures.StopSequences },
    });

    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var asked = LastOfUser(item);
        var (read, said) = (CountWords(item, asked), 0UL);
        foreach (var part in asked?.Parts ?? [])
        {
            // The text is walked once, whatever its size: each word goes out as it is found.
            var text = part.Text?.Text ?? string.Empty;
            for (int start = 0, end; start < text.Length; start = end)
            {
                cancellationToken.ThrowIfCancellationRequested();
                end = EndOfWord(text, start);
                said++;
                yield return WorkEvents.Text(text[start..end]);
            }
        }

        yield return new WorkEvent { Usage = new Usage { InputTokens = read + said, OutputTokens = said } };
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Message? LastOfUser(WorkItem item)
    {
        var index = item.Messages.Count - 1;
        while (index >= 0 && item.Messages[index].Role != Role.User)
        {
            index--;
        }

        return index < 0 ? null : item.Messages[index];
    }

    private static ulong CountWords(WorkItem item, Message? except)
    {
        var count = 0UL;
        foreach (var message in item.Messages)
        {
            if (ReferenceEquals(message, except))
            {
                continue;
            }

            foreach (var part in message.Parts)
            {
                var text = part.Text?.Text ?? string.Empty;
                for (var start = 0; start < text.Length; start = EndOfWord(text, start))
                {
                    count++;
                }
            }
        }

        return count;
    }

    // Each word goes with the white space that follows it: joined, they are the text again.
    private static int EndOfWord(string text, int start)
    {
        var rest = text.AsSpan(start);
        var space = rest.IndexOfAny(WhiteSpace);
        var next = space < 0 ? -1 : rest[space..].IndexOfAnyExcept(WhiteSpace);
        return next < 0 ? text.Length : start + space + next;
    }
}

internal static class EchoServices
{
    public static IServiceCollection AddEcho(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICliAdapter, EchoAdapter>());
        return services;
    }
}
