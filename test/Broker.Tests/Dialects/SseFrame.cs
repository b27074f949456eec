namespace Polydev.Broker.Tests.Dialects;

/// <summary>One server-sent event, as a client's parser sees it (WHATWG HTML, section 9.2).</summary>
internal sealed record SseFrame(string? Event, string Data)
{
    /// <summary>The events of a stream. Comments vanish; anything that is no line of the format fails the test.</summary>
    public static IReadOnlyList<SseFrame> Parse(string stream)
    {
        Assert.That(stream, Does.EndWith("\n\n").Or.Empty, "The last frame is not whole.");
        var frames = new List<SseFrame>();
        foreach (var block in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n').Where(line => !line.StartsWith(':')).ToList();
            Assert.That(lines, Has.All.StartsWith("data: ").Or.StartsWith("event: "), block);
            var data = lines.Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
                .Select(line => line["data: ".Length..]).ToList();
            var name = lines.Find(line => line.StartsWith("event: ", StringComparison.Ordinal));
            if (data.Count > 0)
            {
                frames.Add(new SseFrame(name?["event: ".Length..], string.Join('\n', data)));
            }
        }

        return frames;
    }
}
