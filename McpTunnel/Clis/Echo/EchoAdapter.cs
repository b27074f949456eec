using System.Runtime.CompilerServices;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Echo;

/// <summary>Repeats the last user text, word by word, so that the whole path can be tried without any CLI. Counts words as tokens.</summary>
internal sealed class EchoAdapter : ICliAdapter
{
    public string Provider => Providers.Echo;

    public Task<CliInfo> DetectAsync(CancellationToken cancellationToken) => Task.FromResult(new CliInfo
    {
        Provider = Provider,
        Version = typeof(EchoAdapter).Assembly.GetName().Version?.ToString(3) ?? "0",
        State = CliState.Ready,
        Models = { new ModelInfo { Id = KnownModels.Echo, DisplayName = "Polydev echo" } },
    });

    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var text = LastUserText(item);
        var words = 0;
        foreach (var word in Words(text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            words++;
            yield return WorkEvents.Text(word);
        }

        await Task.CompletedTask;
        var read = item.Messages.SelectMany(message => message.Parts).Sum(part => Words(part.Text?.Text ?? string.Empty).Count());
        yield return new WorkEvent { Usage = new Usage { InputTokens = (ulong)read, OutputTokens = (ulong)words } };
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string LastUserText(WorkItem item)
    {
        var last = item.Messages.LastOrDefault(message => message.Role == Role.User);
        return string.Concat(last?.Parts.Select(part => part.Text?.Text ?? string.Empty) ?? []);
    }

    // Each word with the spaces that follow it: joined, they are the text again.
    private static IEnumerable<string> Words(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            while (end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            yield return text[start..end];
            start = end;
        }
    }
}
