using System.Runtime.CompilerServices;
using Polydev.McpTunnel.JsonRpc;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// One Gemini CLI process. It serves one call at a time, because its system prompt is the process's, and each call in a
/// session of its own, loaded from a file. A call that did not end cleanly is its last.
/// </summary>
internal sealed class GeminiSession : ICliSession
{
    // A process grows by about half a megabyte a session.
    private const int MaxCalls = 100;

    // Starting takes 1 s on an idle machine. Past this, the CLI of a login without credentials waits for a person.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(30);

    private readonly GeminiHome _home;
    private readonly CliProcess _process;
    private readonly JsonRpcPeer _peer;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lockBroken = new();
    private bool _clean = true;
    private int _calls;

    private GeminiSession(GeminiHome home, CliProcess process, TimeProvider time)
    {
        _home = home;
        _process = process;
        _time = time;
        _peer = JsonRpcPeer.Over(process, RefuseAsync);
    }

    public bool IsAlive => _peer.IsOpen && !_process.HasExited;

    public bool CanServeAgain => _clean && _calls < MaxCalls;

    /// <summary>What the CLI itself lists.</summary>
    public IReadOnlyList<GeminiProtocol.Model> Models { get; private set; } = [];

    /// <summary>For tests that kill it.</summary>
    public int ProcessId => _process.Id;

    public static async Task<GeminiSession> StartAsync(
        GeminiCli cli, GeminiLogin login, CliEnvironment environment, TimeProvider time, CancellationToken cancellationToken)
    {
        var home = GeminiHome.Create(environment, login);
        GeminiSession? session = null;
        try
        {
            var process = await CliProcess.StartAsync(new CliLaunch
            {
                FileName = cli.Node,
                Arguments = GeminiLock.Arguments(cli, home),
                Environment = GeminiLock.Environment(login, home),
                WorkingDirectory = home.WorkingFolder,
            });
            session = new GeminiSession(home, process, time);
            await session.GreetAsync(login, cancellationToken);
            return session;
        }
        catch
        {
            await (session?.DisposeAsync() ?? ValueTask.CompletedTask);
            home.Dispose();
            throw;
        }
    }

    /// <summary>Write, load, ask, hand on, forget.</summary>
    public async IAsyncEnumerable<WorkEvent> AskAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _clean = false;
        _calls++;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lockBroken.Token);
        var id = Guid.NewGuid();
        var turn = new GeminiTurn(id.ToString(), item.Model);
        var file = new GeminiSessionFile(_home.SessionFile(id), id);
        var prompt = new GeminiProtocol.Prompt(id.ToString(), [new GeminiProtocol.Block("text", GeminiHistory.Question(item))]);

        _home.WriteInstructions(item.Instructions);
        await file.WriteAsync(item, _time.GetUtcNow(), ending.Token);
        await LoadAsync(turn, id.ToString(), ending.Token);
        await _peer.CallQuietlyAsync(GeminiMethods.SetModel, new GeminiProtocol.SetModel(id.ToString(), item.Model), ending.Token);

        var answer = _peer.CallAsync(GeminiMethods.Prompt, prompt, ending.Token);
        await foreach (var notification in _peer.NotificationsUntilAsync(answer, ending.Token))
        {
            if (turn.Event(notification) is { } next)
            {
                yield return next;
            }
        }

        var end = turn.End(await answer, await file.ReadTokensAsync(ending.Token));
        _home.Forget();
        ThrowIfLockBroken();
        _clean = true;
        foreach (var last in end)
        {
            yield return last;
        }
    }

    /// <summary>The failure behind a cancellation that no caller asked for.</summary>
    public void ThrowIfLockBroken()
    {
        if (_lockBroken.IsCancellationRequested)
        {
            throw GeminiErrors.LockBroken("the CLI asked for leave to run a tool or to use a file");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _peer.DisposeAsync();
        _home.Dispose();
        _lockBroken.Dispose();
    }

    private async Task GreetAsync(GeminiLogin login, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            var capabilities = new GeminiProtocol.ClientCapabilities(new GeminiProtocol.FileSystem(false, false), Terminal: false);
            var hello = await _peer.CallQuietlyAsync(
                GeminiMethods.Initialize, new GeminiProtocol.Initialize(GeminiProtocol.Version, capabilities), limit.Token);
            if (hello is not { ProtocolVersion: GeminiProtocol.Version, AgentCapabilities.LoadSession: true })
            {
                throw new CliFailureException(FailureKind.CliCrashed, "This version of Gemini CLI cannot load a conversation.");
            }

            // It is never asked anything: it shows the login to be there, the models, and where sessions are kept.
            var first = await _peer.CallQuietlyAsync(
                GeminiMethods.NewSession, new GeminiProtocol.NewSession(_home.WorkingFolder, []), limit.Token);
            Models = first.Models?.AvailableModels ?? [];
            _home.FindSessions();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw login.Method == GeminiLogin.OAuth
                ? new CliFailureException(FailureKind.NotLoggedIn, "Gemini CLI's Google login has expired or is incomplete: run gemini and log in again.")
                : new CliFailureException(FailureKind.CliCrashed, $"Gemini CLI did not start within {StartLimit.TotalSeconds:0} s.");
        }
    }

    // The CLI replays the history as updates, before its answer and after it, up to the list of its commands.
    private async Task LoadAsync(GeminiTurn turn, string id, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LoadLimit);
        try
        {
            var load = _peer.CallAsync(GeminiMethods.LoadSession, new GeminiProtocol.LoadSession(id, _home.WorkingFolder, []), limit.Token);
            var replayed = false;
            await foreach (var notification in _peer.NotificationsUntilAsync(load, limit.Token))
            {
                replayed |= turn.EndsReplay(notification);
            }

            await load;
            await using var rest = _peer.NotificationsAsync(limit.Token).GetAsyncEnumerator(limit.Token);
            while (!replayed && await rest.MoveNextAsync())
            {
                replayed = turn.EndsReplay(rest.Current);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliFailureException(FailureKind.CliCrashed, $"Gemini CLI did not load the conversation within {LoadLimit.TotalSeconds:0} s.");
        }
    }

    // No capability is offered and no tool exists: whatever the CLI asks for is a sign of a broken lock.
    private Task<JsonRpcReply> RefuseAsync(JsonRpcRequest request, CancellationToken cancellationToken)
    {
        _lockBroken.Cancel();
        return Task.FromResult(JsonRpcReply.Refuse($"{request.Method} is not offered."));
    }
}
