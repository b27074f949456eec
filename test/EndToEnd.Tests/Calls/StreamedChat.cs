using System.Net.Http.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Calls;

/// <summary>A streamed answer of OpenAI's chat API that stands in its middle, read line by line.</summary>
internal sealed class StreamedChat : IDisposable
{
    private readonly Stack _stack;
    private readonly HttpClient _client;
    private StreamReader? _reader;
    private bool _isOpen = true;

    private StreamedChat(Stack stack)
    {
        _stack = stack;
        _client = stack.CreateClient();
        stack.Calls.Begin();
    }

    /// <summary>Asks, and reads up to the line that holds the text; no error may come before it.</summary>
    public static async Task<StreamedChat> BeginAsync(Stack stack, string model, string question, string until)
    {
        var chat = new StreamedChat(stack);
        try
        {
            await chat.ReadUntilAsync(model, question, until).DefaultTimeout();
            return chat;
        }
        catch
        {
            chat.Dispose();
            throw;
        }
    }

    /// <summary>What is left of the answer. With it the call is over.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<string> RestAsync()
    {
        try
        {
            return await _reader!.ReadToEndAsync();
        }
        finally
        {
            _isOpen = false;
            _stack.Calls.End();
        }
    }

    public void Dispose()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _stack.Calls.Abandon();
        }

        _reader?.Dispose();
        _client.Dispose();
    }

    private async Task ReadUntilAsync(string model, string question, string until)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "chat/completions")
        {
            Content = JsonContent.Create(new { model, stream = true, messages = new[] { ChatCall.User(question) } }),
        };
        var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        _reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        string? line;
        do
        {
            line = await _reader.ReadLineAsync();
            Assert.That(line, Is.Not.Null.And.Not.Contains("\"error\""));
        }
        while (!line!.Contains(until, StringComparison.Ordinal));
    }
}
