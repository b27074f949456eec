using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;

namespace Polydev.Benchmarks.Relay.Floor;

/// <summary>
/// The least that could stand in the tunnel's place: splits each text into words, as <c>polydev-echo</c> does, and answers with one
/// message, or, where a stream is asked for, word by word; words that are ready together share a message.
/// </summary>
internal static class FloorEcho
{
    private const int MostTogether = 64;

    public static async Task<int> RunAsync(string address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        using var link = new FloorLink.FloorLinkClient(channel).Connect();
        var ready = Channel.CreateUnbounded<Piece>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var writing = WriteAsync(ready.Reader, link.RequestStream);
        Console.WriteLine("online");
        await foreach (var question in link.ResponseStream.ReadAllAsync())
        {
            Answer(question, ready.Writer);
        }

        ready.Writer.Complete();
        await writing;
        return 0;
    }

    private static void Answer(Question question, ChannelWriter<Piece> ready)
    {
        var words = Words(question.Text);
        if (!question.Stream)
        {
            var text = string.Concat(words);
            ready.TryWrite(new Piece { Id = question.Id, Text = text, Last = true, Whole = true, Words = (uint)words.Count });
            return;
        }

        for (var index = 0; index < words.Count; index++)
        {
            ready.TryWrite(new Piece { Id = question.Id, Text = words[index], Last = index == words.Count - 1 });
        }
    }

    private static async Task WriteAsync(ChannelReader<Piece> ready, IClientStreamWriter<Pieces> link)
    {
        while (await ready.WaitToReadAsync())
        {
            while (ready.TryRead(out var piece))
            {
                var together = new Pieces { Pieces_ = { piece } };
                while (!piece.Whole && together.Pieces_.Count < MostTogether && ready.TryPeek(out var next) && !next.Whole)
                {
                    ready.TryRead(out next);
                    together.Pieces_.Add(next);
                }

                await link.WriteAsync(together);
            }
        }
    }

    // Each word with the space behind it: joined, they are the text again.
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var space = text.IndexOf(' ', start);
            var end = space < 0 ? text.Length : space + 1;
            words.Add(text[start..end]);
            start = end;
        }

        return words;
    }
}
