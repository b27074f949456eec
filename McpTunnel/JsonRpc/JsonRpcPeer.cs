using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Polydev.McpTunnel.Processes;
using Polydev.Shared.Text;

namespace Polydev.McpTunnel.JsonRpc;

/// <summary>
/// One JSON-RPC peer over lines: its answers find their calls, its notifications are pulled, its requests get a reply.
/// Its stdout is read only as fast as the notifications are taken (32 may wait): whoever awaits a call that notifications
/// may precede in number takes them meanwhile, with <see cref="NotificationsUntilAsync"/> or <see cref="CallQuietlyAsync"/>.
/// </summary>
internal sealed class JsonRpcPeer : IAsyncDisposable
{
    private const int MaxWaiting = 32;
    private const int MaxGarbageLines = 100;
    private const int MaxOpenRequests = 64;
    private static readonly TimeSpan CauseGrace = TimeSpan.FromSeconds(2);

    // Whoever waits for the cause waits a little longer than its search may take.
    private static readonly TimeSpan CauseWait = CauseGrace + TimeSpan.FromMilliseconds(500);


    private readonly LineReader _input;
    private readonly Func<ReadOnlyMemory<byte>, CancellationToken, Task> _write;
    private readonly Func<JsonRpcRequest, CancellationToken, Task<JsonRpcReply>> _answer;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly ConcurrentDictionary<long, Task> _replies = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<JsonRpcNotification> _notifications = Channel.CreateBounded<JsonRpcNotification>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, SingleWriter = true });
    private readonly Task _reading;
    private readonly TaskCompletionSource _never = new();
    private JsonRpcClosedException? _closed;
    private Task<bool>? _ready;
    private long _lastId;
    private int _garbage;

    /// <param name="input">What the peer says.</param>
    /// <param name="write">Sends it one line.</param>
    /// <param name="causeOfEnd">Says why the peer has ended, once its output has: one line.</param>
    /// <param name="answer">Replies to the peer's own requests, at most 64 at once; null refuses them all.</param>
    public JsonRpcPeer(
        LineReader input,
        Func<ReadOnlyMemory<byte>, CancellationToken, Task> write,
        Func<CancellationToken, Task<string>> causeOfEnd,
        Func<JsonRpcRequest, CancellationToken, Task<JsonRpcReply>>? answer = null)
    {
        _input = input;
        _write = write;
        _answer = answer ?? ((request, _) => Task.FromResult(JsonRpcReply.Refuse($"{request.Method} is not offered.")));
        _reading = Task.Run(() => ReadAsync(causeOfEnd));
    }

    /// <summary>The peer at the other end of a CLI's stdin and stdout.</summary>
    public static JsonRpcPeer Over(CliProcess process, Func<JsonRpcRequest, CancellationToken, Task<JsonRpcReply>> answer) =>
        new(process.Output, process.WriteLineAsync, cancellationToken => CauseOfEndAsync(process, cancellationToken), answer);

    /// <summary>False once the peer's output has ended.</summary>
    public bool IsOpen => Volatile.Read(ref _closed) is null;

    /// <summary>Calls, and waits for the answer.</summary>
    /// <exception cref="JsonRpcErrorException">The peer answered with an error.</exception>
    /// <exception cref="JsonRpcClosedException">The peer is gone.</exception>
    public async Task<TResult> CallAsync<TParams, TResult>(
        JsonRpcMethod<TParams, TResult> method, TParams value, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answered = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = answered;
        try
        {
            // Registered first, then looked: a peer that ends between the two is seen by one of them.
            ThrowIfClosed();
            await SendAsync(JsonRpcWriter.Call(id, method.Name, value, method.Params), cancellationToken);
            var result = await answered.Task.WaitAsync(cancellationToken);
            return result.Deserialize(method.Result) ?? throw new JsonRpcClosedException($"The answer to {method.Name} is null.");
        }
        catch (JsonException e)
        {
            throw new JsonRpcClosedException($"The answer to {method.Name} has another shape than expected.", e);
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    /// <summary>Calls, and drops the notifications that come before the answer: for the time before the question.</summary>
    public async Task<TResult> CallQuietlyAsync<TParams, TResult>(
        JsonRpcMethod<TParams, TResult> method, TParams value, CancellationToken cancellationToken)
    {
        var call = CallAsync(method, value, cancellationToken);
        await foreach (var _ in NotificationsUntilAsync(call, cancellationToken))
        {
        }

        return await call;
    }

    public Task NotifyAsync<TParams>(string method, TParams value, JsonTypeInfo<TParams> shape, CancellationToken cancellationToken) =>
        SendAsync(JsonRpcWriter.Notification(method, value, shape), cancellationToken);

    /// <summary>The notifications as they come, until the peer ends. One reader at a time.</summary>
    /// <exception cref="JsonRpcClosedException">The peer is gone; everything that it said before has been given.</exception>
    public IAsyncEnumerable<JsonRpcNotification> NotificationsAsync(CancellationToken cancellationToken) =>
        NotificationsUntilAsync(_never.Task, cancellationToken);

    /// <summary>
    /// The notifications that come before a call is answered, or fails. The call's own outcome is left to whoever awaits it.
    /// </summary>
    /// <exception cref="JsonRpcClosedException">The peer is gone before the call was over.</exception>
    public async IAsyncEnumerable<JsonRpcNotification> NotificationsUntilAsync(
        Task call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // The answer comes after the notifications before it: once it is there, what waits is all there was.
            var over = call.IsCompleted;
            while (_notifications.Reader.TryRead(out var next))
            {
                yield return next;
            }

            if (over)
            {
                yield break;
            }

            // Kept over the calls: a wait that a call's answer overtook goes on for the next.
            _ready ??= _notifications.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
            await Task.WhenAny(_ready, call).WaitAsync(cancellationToken);
            if (_ready.IsCompleted && !call.IsCompleted)
            {
                await _ready;
                _ready = null;
            }
        }
    }

    /// <summary>Stops listening. The process is its owner's to end: before this, so that the reading of its output ends too.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading;
        await Task.WhenAll(_replies.Values);
        _stopping.Dispose();
    }

    private static async Task<string> CauseOfEndAsync(CliProcess process, CancellationToken cancellationToken)
    {
        using var expired = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        expired.CancelAfter(CauseGrace);
        try
        {
            await process.WaitForExitAsync(expired.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "The CLI closed its output.";
        }

        return process.ErrorTail.LastLine is { Length: > 0 } line ? $"The CLI ended: {line}" : "The CLI ended without a word.";
    }

    private async Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        try
        {
            await _write(line, cancellationToken);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The reader learns more of the cause than the broken pipe tells.
            await Task.WhenAny(_reading, Task.Delay(CauseWait, TimeProvider.System, cancellationToken));
            throw _closed ?? new JsonRpcClosedException("The CLI takes no more input.", e);
        }
    }

    private async Task ReadAsync(Func<CancellationToken, Task<string>> causeOfEnd)
    {
        try
        {
            while (await _input.ReadAsync(_stopping.Token) is { } line)
            {
                await TakeAsync(WireText.ValidJson(line));
            }

            Close(new JsonRpcClosedException(await causeOfEnd(_stopping.Token)));
        }
        catch (OperationCanceledException)
        {
            Close(new JsonRpcClosedException("The CLI session was ended."));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException or InvalidOperationException)
        {
            Close(new JsonRpcClosedException(e.Message, e));
        }
    }

    private async ValueTask TakeAsync(byte[] line)
    {
        if (JsonRpcMessage.Read(line) is not { } message)
        {
            if (line.AsSpan().Trim((byte)' ').Length > 0 && ++_garbage > MaxGarbageLines)
            {
                throw new InvalidDataException($"The CLI wrote more than {MaxGarbageLines} lines that are no JSON-RPC.");
            }
        }
        else if (message.Method is null)
        {
            Complete(message);
        }
        else if (message.HasId)
        {
            Reply(new JsonRpcRequest(message.Id, message.Method, message.Params));
        }
        else
        {
            await _notifications.Writer.WriteAsync(new JsonRpcNotification(message.Method, message.Params), _stopping.Token);
        }
    }

    private void Complete(JsonRpcMessage message)
    {
        // An unknown id is the answer to a call that was given up.
        if (message.Id.ValueKind != JsonValueKind.Number || !message.Id.TryGetInt64(out var id) || !_calls.TryGetValue(id, out var call))
        {
            return;
        }

        if (message.Error is { } error)
        {
            call.TrySetException(error);
        }
        else
        {
            call.TrySetResult(message.Result);
        }
    }

    private void Reply(JsonRpcRequest request)
    {
        if (_replies.Count >= MaxOpenRequests)
        {
            throw new InvalidDataException($"The CLI has more than {MaxOpenRequests} requests open.");
        }

        // Never awaited here: a peer that does not read its input must not stop the reading of its output.
        var key = Interlocked.Increment(ref _lastId);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // But judged here: what comes after the request must find it judged.
        _replies[key] = ReplyAsync(key, request, AnswerAsync(request), gate.Task);
        gate.SetResult();
    }

    // Its faults are the task's.
    private async Task<JsonRpcReply> AnswerAsync(JsonRpcRequest request) => await _answer(request, _stopping.Token);

    private async Task ReplyAsync(long key, JsonRpcRequest request, Task<JsonRpcReply> answer, Task registered)
    {
        await registered;
        try
        {
            await _write(JsonRpcWriter.Reply(request.Id, await answer), _stopping.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer is going: the reader says so to everybody.
        }
        catch (Exception e)
        {
            Close(new JsonRpcClosedException($"{request.Method} could not be answered.", e));
        }
        finally
        {
            _replies.TryRemove(key, out _);
        }
    }

    private void Close(JsonRpcClosedException cause)
    {
        Volatile.Write(ref _closed, cause);
        _notifications.Writer.TryComplete(cause);
        foreach (var call in _calls.Values)
        {
            call.TrySetException(cause);
        }
    }

    private void ThrowIfClosed()
    {
        if (Volatile.Read(ref _closed) is { } cause)
        {
            throw cause;
        }
    }
}
