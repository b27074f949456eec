using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Calls;

/// <summary>A call by an official JavaScript SDK, which asks once and no more, in a Node process of its own.</summary>
internal sealed class JavaScriptCall : IAsyncDisposable
{
    private readonly Stack _stack;
    private readonly RunningProgram _node;
    private readonly List<string> _pieces = [];
    private bool _isOpen = true;

    private JavaScriptCall(Stack stack, RunningProgram node)
    {
        _stack = stack;
        _node = node;
    }

    /// <summary>The pieces of the stream, once <see cref="EndAsync"/> has returned.</summary>
    public IReadOnlyList<string> Pieces => _pieces;

    public static JavaScriptCall Start(Stack stack, string sdk, string model, string text, bool stream)
    {
        var order = new { sdk, baseUrl = stack.ApiBase, key = stack.Key, model, stream, text };
        stack.Calls.Begin();
        return new JavaScriptCall(stack, RunningProgram.StartScript("Calls/call.mjs", order));
    }

    /// <summary>Waits until the piece with this number, from 0, has reached the SDK's user.</summary>
    public async Task<string> PieceAsync(int number) => Piece(await _node.LineWithAsync("piece ", skip: number));

    /// <summary>Waits for the end of the call: its text, stop reason and output tokens.</summary>
    public async Task<(string Text, string Stop, int Output)> EndAsync()
    {
        await _node.LineWithAsync("done ");
        _isOpen = false;
        _stack.Calls.End();
        var lines = _node.Output.Split('\n');
        _pieces.AddRange(lines.Where(line => line.StartsWith("piece ", StringComparison.Ordinal)).Select(Piece));
        var last = lines.Single(line => line.StartsWith("done ", StringComparison.Ordinal));
        var done = JsonDocument.Parse(last["done ".Length..]).RootElement;
        return (done.GetProperty("text").GetString()!, done.GetProperty("stop").GetString()!, done.GetProperty("output").GetInt32());
    }

    public ValueTask DisposeAsync()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _stack.Calls.Abandon();
        }

        return _node.DisposeAsync();
    }

    private static string Piece(string line) => JsonSerializer.Deserialize<string>(line["piece ".Length..])!;
}
