using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.McpTunnel.JsonRpc;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

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
    private readonly ILogger _logger;
    private readonly CliRequests _requests = new(ToolOf);
    private (GeminiTurn Turn, GeminiSessionFile File)? _prepared;
    private GeminiTools _tools = GeminiTools.None;
    private GeminiToolServer? _server;
    private string _id = string.Empty;
    private bool _clean = true;
    private int _calls;

    private GeminiSession(GeminiHome home, CliProcess process, TimeProvider time, ILogger logger)
    {
        _home = home;
        _process = process;
        _time = time;
        _logger = logger;
        _peer = JsonRpcPeer.Over(process, _requests.ReplyAsync);
    }

    public bool IsAlive => _peer.IsOpen && !_process.HasExited && Incident is null;

    public bool CanServeAgain => _clean && _calls < MaxCalls;

    public CliFailureException? Incident => _requests.Incident;

    /// <summary>What the CLI itself lists.</summary>
    public IReadOnlyList<GeminiProtocol.Model> Models { get; private set; } = [];

    public static async Task<GeminiSession> StartAsync(
        GeminiCli cli, GeminiLogin login, CliEnvironment environment, TimeProvider time, ILogger logger,
        CancellationToken cancellationToken)
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
            session = new GeminiSession(home, process, time, logger);
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

    /// <summary>
    /// Writes the conversation, question included, and has it loaded, with the server of the caller's tools where there are some.
    /// </summary>
    public async Task PrepareAsync(WorkItem item, CancellationToken cancellationToken) =>
        _prepared = await PrepareOnceAsync(item, cancellationToken);

    public IAsyncEnumerable<WorkEvent> AskAsync(WorkItem item, CancellationToken cancellationToken) => _tools.MustCall
        ? CliRequiredCall.AskAsync(() => AskOnceAsync(item, cancellationToken), cancellationToken)
        : AskOnceAsync(item, cancellationToken);

    public void Kill(CliFailureException reason)
    {
        _requests.Stop(reason);
        _process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _peer.DisposeAsync();
        await EndServerAsync();
        _home.Dispose();
        _requests.Dispose();
    }

    private async Task<(GeminiTurn Turn, GeminiSessionFile File)> PrepareOnceAsync(WorkItem item, CancellationToken cancellationToken)
    {
        _tools = GeminiTools.Of(item);
        _clean = false;
        _calls++;
        var id = Guid.NewGuid();
        _id = id.ToString();
        var turn = new GeminiTurn(_id, item.Model, _tools);
        var file = new GeminiSessionFile(_home.SessionFile(id), id);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _requests.Broken);
        limit.CancelAfter(LoadLimit);
        try
        {
            _home.WriteInstructions(item.Instructions);
            _home.WritePolicy(_tools.Names);
            _server = _tools.IsMounted ? GeminiToolServer.Start(_home.ToolSocket, _tools) : null;
            await file.WriteAsync(item, _tools.Names, _time.GetUtcNow(), limit.Token);
            await LoadAsync(turn, file.Replayed, limit.Token);
            var model = GeminiLock.ModelName(item.Model, _tools.MustCall);
            await _peer.CallQuietlyAsync(GeminiMethods.SetModel, new GeminiProtocol.SetModel(_id, model), limit.Token);
            await (_server?.Listed.WaitAsync(limit.Token) ?? Task.CompletedTask);
            return (turn, file);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && Incident is null)
        {
            throw new CliFailureException(
                FailureKind.CliCrashed, $"Gemini CLI did not load the conversation within {LoadLimit.TotalSeconds:0} s.");
        }
    }

    private async IAsyncEnumerable<WorkEvent> AskOnceAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Asked for once more, it is prepared anew.
        var (turn, file) = _prepared ?? await PrepareOnceAsync(item, cancellationToken);
        _prepared = null;

        // An empty prompt: the question stands in the history, where no text can be a command.
        var prompt = new GeminiProtocol.Prompt(_id, [new GeminiProtocol.Block("text", string.Empty)]);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _requests.Broken);
        var answer = _peer.CallAsync(GeminiMethods.Prompt, prompt, ending.Token);
        await foreach (var notification in _peer.NotificationsUntilAsync(answer, ending.Token))
        {
            if (turn.Event(notification) is { } next)
            {
                yield return next;
            }
        }

        var end = turn.End(await answer, await file.ReadAnswerAsync(ending.Token));
        await EndServerAsync();
        _clean = TryForget();
        foreach (var last in end)
        {
            yield return last;
        }
    }

    // With it ends the process that the CLI has started for it.
    private async ValueTask EndServerAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    // The answer is whole: that it cannot be cleaned up after costs the process, not the caller.
    private bool TryForget()
    {
        try
        {
            _home.Forget();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            CliLog.CallNotForgotten(_logger, Providers.Gemini, e);
            return false;
        }
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

            // It is never asked anything and has no tools: it shows the login to be there, the models, and where sessions are kept.
            var first = await _peer.CallQuietlyAsync(
                GeminiMethods.NewSession, new GeminiProtocol.NewSession(_home.WorkingFolder, []), limit.Token);
            Models = first.Models?.AvailableModels ?? [];
            _home.FindSessions();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw login.Method == GeminiLogin.OAuth
                ? new CliFailureException(
                    FailureKind.NotLoggedIn, "Gemini CLI's Google login has expired or is incomplete: run gemini and log in again.")
                : new CliFailureException(FailureKind.CliCrashed, $"Gemini CLI did not start within {StartLimit.TotalSeconds:0} s.");
        }
    }

    // The CLI replays the history as updates, before its answer and after it; nothing of its own tells where they end (0.61.0).
    private async Task LoadAsync(GeminiTurn turn, int replayed, CancellationToken cancellationToken)
    {
        var load = _peer.CallAsync(
            GeminiMethods.LoadSession,
            new GeminiProtocol.LoadSession(_id, _home.WorkingFolder, _server is null ? [] : [_server.Launch]),
            cancellationToken);
        await foreach (var notification in _peer.NotificationsUntilAsync(load, cancellationToken))
        {
            replayed -= turn.IsReplay(notification) ? 1 : 0;
        }

        await load;
        await using var rest = _peer.NotificationsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (replayed > 0 && await rest.MoveNextAsync())
        {
            replayed -= turn.IsReplay(rest.Current) ? 1 : 0;
        }
    }

    // Tools are the business of MCP servers here: the CLI itself asks its client for leave and for files only.
    private static string? ToolOf(JsonRpcRequest request) => null;
}
