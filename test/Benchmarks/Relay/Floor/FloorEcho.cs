using Grpc.Core;
using Grpc.Net.Client;

namespace Polydev.Benchmarks.Relay.Floor;

/// <summary>
/// The least that could stand in the tunnel's place: splits each text into words, as <c>polydev-echo</c> does, and answers with one
/// message. All words of a stream are ready at once, so they travel in that one message too.
/// </summary>
internal static class FloorEcho
{
    public static async Task<int> RunAsync(string address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        using var stream = new FloorLink.FloorLinkClient(channel).Connect();
        Console.WriteLine("online");
        await foreach (var question in stream.ResponseStream.ReadAllAsync())
        {
            await stream.RequestStream.WriteAsync(Answer(question));
        }

        return 0;
    }

    private static Answer Answer(Question question)
    {
        var answer = new Answer { Id = question.Id };
        answer.Pieces.AddRange(Words(question.Text));
        answer.Words = (uint)answer.Pieces.Count;
        if (!question.Stream)
        {
            var whole = string.Concat(answer.Pieces);
            answer.Pieces.Clear();
            answer.Pieces.Add(whole);
        }

        return answer;
    }

    // Each word with the space behind it: joined, they are the text again.
    private static IEnumerable<string> Words(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var space = text.IndexOf(' ', start);
            var end = space < 0 ? text.Length : space + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
