using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>
/// The stream of another caller, by a key of its own, that the real tunnel's echo answers: numbered words, each of which must come once and
/// in its order, and the end behind them.
/// </summary>
internal sealed class StreamBeside : IDisposable
{
    /// <summary>Some 20 MB of frames: more than all buffers on the way hold, so that a stream of them stands in mid-answer.</summary>
    public const int Long = 100_000;

    private const string Frame = "data: ";

    private readonly HttpClient _client;
    private readonly string _expected;
    private StreamReader _reader = null!;
    private int _read;

    private StreamBeside(HttpClient client, int words)
    {
        _client = client;
        _expected = string.Concat(Enumerable.Range(0, words).Select(index => string.Create(CultureInfo.InvariantCulture, $"w{index} ")));
    }

    /// <summary>Asks, and reads the first words.</summary>
    public static async Task<StreamBeside> BeginAsync(Stack stack, string key, int words = Long)
    {
        var stream = new StreamBeside(stack.CreateClient(key), words);
        try
        {
            await stream.AskAsync().DefaultTimeout();
            await stream.GoOnAsync();
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads some more words, of which there are enough.</summary>
    public async Task GoOnAsync()
    {
        const int Frames = 100;
        for (var frame = 0; frame < Frames; frame++)
        {
            Assert.That(await NextAsync().DefaultTimeout(), Is.True, "The stream beside has ended.");
        }
    }

    /// <summary>Reads the rest: all words have come, and the stream has ended by itself.</summary>
    public async Task EndAsync()
    {
        while (await NextAsync().DefaultTimeout())
        {
        }

        Assert.That(_read, Is.EqualTo(_expected.Length), "Words are missing at the stream's end.");
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _client.Dispose();
    }

    private async Task AskAsync()
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "chat/completions")
        {
            Content = JsonContent.Create(new
            {
                model = KnownModels.Echo,
                stream = true,
                messages = new[] { new { role = "user", content = _expected } },
            }),
        };
        var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        _reader = new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    // False at the mark of the end; a stream that breaks off has none.
    private async Task<bool> NextAsync()
    {
        while (true)
        {
            var line = await _reader.ReadLineAsync() ?? throw new EndOfStreamException("The stream beside was cut.");
            if (!line.StartsWith(Frame, StringComparison.Ordinal))
            {
                continue;
            }

            if (line == "data: [DONE]")
            {
                return false;
            }

            Take(line[Frame.Length..]);
            return true;
        }
    }

    private void Take(string json)
    {
        using var frame = JsonDocument.Parse(json);
        Assert.That(frame.RootElement.TryGetProperty("error", out _), Is.False, json);
        foreach (var choice in frame.RootElement.GetProperty("choices").EnumerateArray())
        {
            if (choice.GetProperty("delta").TryGetProperty("content", out var content) && content.GetString() is { } text)
            {
                Assert.That(_expected.AsSpan(_read).StartsWith(text, StringComparison.Ordinal), Is.True, $"Not in order: '{text}'.");
                _read += text.Length;
            }
        }
    }
}
