using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.McpTunnel.JsonRpc;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>One <c>codex app-server</c> process in a home of its own, for one question.</summary>
internal sealed class CodexSession : ICliSession
{
    // Longer than the 104 ms that an interruption was seen to take at most.
    private static readonly TimeSpan InterruptGrace = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PrepareLimit = TimeSpan.FromSeconds(30);

    // A call that is not followed by anything for so long may be the last of an answer that broke off: Codex says so only once no call
    // waits any more (0.169.0). Between two calls the model may write for longer; the next one is then waited for again.
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(2);

    // Behind calls they come 2 ms after an interruption (0.169.0). Longer waits nobody for them: the answer is whole.
    private static readonly TimeSpan WindowsLimit = TimeSpan.FromMilliseconds(500);

    // Codex asks ChatGPT's backend.
    private static readonly TimeSpan QuotaLimit = TimeSpan.FromSeconds(5);

    /// <summary>The notifications that are declined; none that <see cref="CodexTurn"/> reads.</summary>
    internal static readonly string[] Unheard =
    [
        "thread/started", "thread/status/changed", "thread/settings/updated", "remoteControl/status/changed",
        "configWarning", "warning", "skills/changed", "deprecationNotice",
        "item/reasoning/textDelta", "account/updated", "account/login/completed",
    ];

    private readonly CodexHome _home;
    private readonly CliProcess _process;
    private readonly JsonRpcPeer _peer;
    private readonly CodexCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly CliQuota? _quota;
    private readonly CliRequests _requests = new(ToolOf);
    private CodexTools _tools = CodexTools.None;
    private string? _threadId;
    private bool _isUsed;
    private int _disposed;

    private CodexSession(CodexHome home, CliProcess process, CodexCatalog catalog, TimeProvider time, CliQuota? quota)
    {
        _home = home;
        _process = process;
        _catalog = catalog;
        _time = time;
        _quota = quota;
        _peer = JsonRpcPeer.Over(process, _requests.ReplyAsync);
    }

    public bool IsAlive => _peer.IsOpen && !_process.HasExited && Incident is null;

    public bool CanServeAgain => !_isUsed;

    public CliFailureException? Incident => _requests.Incident;

    /// <summary>Such as 0.169.0.</summary>
    public string Version { get; private set; } = string.Empty;

    /// <summary>Whom the vendor asks to pay.</summary>
    public LoginKind Login { get; private set; }

    /// <summary>Ends once the vendor's windows are read, or cannot be. Never fails.</summary>
    public Task QuotaRead { get; private set; } = Task.CompletedTask;

    /// <summary>Starts the process, shakes hands, and logs in where the key is in the environment only.</summary>
    /// <param name="model">A model that the CLI's own catalog does not know; null: none in particular.</param>
    /// <param name="quota">Is told what the vendor says of its windows.</param>
    /// <exception cref="CliFailureException">It does not start, or not with these locks.</exception>
    public static async Task<CodexSession> StartAsync(
        CodexCli cli, CodexLogin login, string? model, CliEnvironment environment, TimeProvider time, CliQuota? quota,
        CancellationToken cancellationToken)
    {
        var catalog = cli.Catalog.With(login.Model).With(model);
        var home = CodexHome.Create(environment, login, catalog);
        CodexSession? session = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            var process = await CliProcess.StartAsync(new CliLaunch
            {
                FileName = cli.FileName,
                Arguments = CodexLock.Arguments(home.CatalogPath),
                Environment = CodexLock.Environment(environment, home.Path, login.Variables),
                WorkingDirectory = home.WorkFolder,
            });
            session = new CodexSession(home, process, catalog, time, quota);
            await session.OpenAsync(login, limit.Token);
            return session;
        }
        catch (Exception e)
        {
            await (session?.DisposeAsync() ?? Discard(home));
            if (e is Win32Exception or JsonRpcClosedException or JsonRpcErrorException)
            {
                throw CodexErrors.NotStarted(e);
            }

            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw CodexErrors.NotStarted(new TimeoutException($"It did not answer within {StartLimit.TotalSeconds:0} s.", e));
            }

            throw;
        }
    }

    /// <summary>Null when nobody is logged in. With a ChatGPT login Codex asks ChatGPT's backend for it.</summary>
    /// <exception cref="JsonRpcErrorException">The backend could not be reached.</exception>
    public async Task<string?> ReadAccountAsync(CancellationToken cancellationToken)
    {
        var read = await CallAsync(
            CodexMethods.ReadAccount, new CodexProtocol.ReadAccount(RefreshToken: false), cancellationToken);
        return read.Account?.Type ?? (read.RequiresOpenaiAuth ? null : "own provider");
    }

    public async Task<IEnumerable<ModelInfo>> ListModelsAsync(CancellationToken cancellationToken)
    {
        var list = await CallAsync(CodexMethods.ListModels, new CodexProtocol.Nothing(), cancellationToken);
        return list.Data.Where(model => !model.Hidden).Select(model => new ModelInfo { Id = model.Id, DisplayName = model.DisplayName });
    }

    public async Task PrepareAsync(WorkItem item, CancellationToken cancellationToken)
    {
        _isUsed = true;
        _tools = CodexTools.Of(item);
        _requests.Tools = _tools.Names;
        _threadId = await StartThreadAsync(item, cancellationToken);
    }

    /// <summary>Leaving the enumeration interrupts the turn.</summary>
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
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _process.DisposeAsync();
        await _peer.DisposeAsync();
        await QuotaRead;
        _home.Dispose();
        _requests.Dispose();
    }

    // The one request that could be a call of the caller's; all others ask for leave, for input or for a file.
    private static string? ToolOf(JsonRpcRequest request) =>
        request.Method == "item/tool/call" && CodexTurn.Text(request.Params, "namespace"u8).Length == 0
        && CodexTurn.Text(request.Params, "tool"u8) is { Length: > 0 } tool
            ? tool
            : null;

    private static ValueTask Discard(CodexHome home)
    {
        home.Dispose();
        return ValueTask.CompletedTask;
    }

    // Each question has a thread of its own.
    private async Task<string> StartThreadAsync(WorkItem item, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _requests.Broken);
        limit.CancelAfter(PrepareLimit);
        try
        {
            var items = CodexHistory.Items(item.Messages, _tools);
            var start = new CodexProtocol.StartThread(
                item.Model, item.Instructions, Ephemeral: true, ExperimentalRawEvents: true, ApprovalPolicy: "never", Sandbox: "read-only",
                _tools.Mounted());
            var thread = (await CallAsync(CodexMethods.StartThread, start, limit.Token)).Thread;
            var history = new CodexProtocol.InjectItems(thread.Id, items) { SizeHint = JsonBuffer.SizeHintOf(item) };
            await CallAsync(CodexMethods.InjectItems, history, limit.Token);
            return thread.Id;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && Incident is null)
        {
            throw CodexErrors.Silent(PrepareLimit);
        }
    }

    private async IAsyncEnumerable<WorkEvent> AskOnceAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _requests.Broken);
        var threadId = _threadId ?? await StartThreadAsync(item, ending.Token);
        _threadId = null;
        var turn = new CodexTurn(_tools, _time, Login == LoginKind.Subscription ? _quota : null);
        var started = _peer.CallAsync(CodexMethods.StartTurn, Question(item, threadId), ending.Token);
        try
        {
            await using var told = Told(started, ending.Token).GetAsyncEnumerator(ending.Token);
            while (!turn.IsOver && await NextAsync(told, turn))
            {
                var events = Read(turn, told.Current);
                if (turn is { IsOver: true, HasCalls: true })
                {
                    await EndWithCallsAsync(turn, threadId, started, ending.Token);
                }

                foreach (var next in events)
                {
                    yield return next;
                }
            }
        }
        finally
        {
            if (!turn.IsOver && Incident is null)
            {
                await InterruptAsync(threadId, started);
            }
        }
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<JsonRpcNotification> told, CodexTurn turn)
    {
        if (!turn.HasCalls)
        {
            return await told.MoveNextAsync();
        }

        var moved = told.MoveNextAsync().AsTask();
        while (true)
        {
            try
            {
                return await moved.WaitAsync(CallPatience, _time);
            }
            catch (TimeoutException) when (!moved.IsCompleted)
            {
                _requests.LetGo();
            }
        }
    }

    // Codex waits for the results, which come with another call, in another session. Before the end is told: whoever calls next is to find
    // the windows as this call has left them.
    private async Task EndWithCallsAsync(
        CodexTurn turn, string threadId, Task<CodexProtocol.TurnStarted> started, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WindowsLimit);
        try
        {
            if (Login == LoginKind.Subscription && _quota is not null)
            {
                var stopped = new CodexProtocol.InterruptTurn(threadId, (await started.WaitAsync(limit.Token)).Turn.Id);
                var call = _peer.CallAsync(CodexMethods.InterruptTurn, stopped, limit.Token);
                await foreach (var next in _peer.NotificationsUntilAsync(call, limit.Token))
                {
                    if (turn.HearWindows(next))
                    {
                        break;
                    }
                }
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && IsTooLate(e))
        {
            // The next answer tells them.
        }
        finally
        {
            _process.Kill();
        }
    }

    // Codex answers a call that it does not know, or cannot read, itself and asks the model again: it must not get to it.
    private WorkEvent[] Read(CodexTurn turn, JsonRpcNotification next)
    {
        try
        {
            return turn.Read(next);
        }
        catch (CliFailureException e)
        {
            Kill(e);
            throw;
        }
    }

    // What is told before the question is of no interest, but for a lock that is broken already.
    private async Task<TResult> CallAsync<TParams, TResult>(
        JsonRpcMethod<TParams, TResult> method, TParams value, CancellationToken cancellationToken)
    {
        var call = _peer.CallAsync(method, value, cancellationToken);
        await foreach (var next in _peer.NotificationsUntilAsync(call, cancellationToken))
        {
            CodexTurn.ThrowIfServerStarts(next);
        }

        return await call;
    }

    private CodexProtocol.StartTurn Question(WorkItem item, string threadId) => new(
        threadId,
        Input: [],
        Effort: CodexThinking.Effort(item.Thinking, _catalog.LeastEffort(item.Model)),
        Summary: item.Thinking is { IncludeThoughts: true } ? "auto" : null,
        OutputSchema: item.ResponseFormat is { JsonSchema: var schema } ? CliToolCall.OneLine(schema) : null);

    private async Task OpenAsync(CodexLogin login, CancellationToken cancellationToken)
    {
        var version = typeof(CodexSession).Assembly.GetName().Version?.ToString(3) ?? "0";
        var hello = new CodexProtocol.Initialize(
            new CodexProtocol.ClientInfo("polydev-mcp", version), new CodexProtocol.Capabilities(ExperimentalApi: true, Unheard));
        var answer = await CallAsync(CodexMethods.Initialize, hello, cancellationToken);

        // "polydev-mcp/0.169.0 (Debian 12.0.0; x86_64) …"
        Version = answer.UserAgent.Split('/', ' ') is [_, var number, ..] ? number : string.Empty;
        await _peer.NotifyAsync(CodexMethods.Initialized, new CodexProtocol.Nothing(), CodexJson.Default.Nothing, cancellationToken);
        if (login is { Kind: CodexLoginKind.EnvironmentKey, ApiKey: { } key })
        {
            await CallAsync(CodexMethods.LogIn, new CodexProtocol.LogIn("apiKey", key), cancellationToken);
        }

        // The one login that no file tells of.
        string? account = null;
        if (login.Kind == CodexLoginKind.Keyring && (account = await ReadAccountAsync(cancellationToken)) is null)
        {
            throw CodexErrors.NotLoggedIn();
        }

        Login = login.PayerOf(account);

        // Beside what comes next: no call waits for it.
        QuotaRead = Login == LoginKind.Subscription && _quota is not null ? ReadQuotaAsync(_quota) : Task.CompletedTask;
    }

    private async Task ReadQuotaAsync(CliQuota quota)
    {
        using var limit = new CancellationTokenSource(QuotaLimit, TimeProvider.System);
        try
        {
            var read = await _peer.CallAsync(CodexMethods.ReadLimits, new CodexProtocol.ReadLimits(true), limit.Token);
            quota.Tell(CodexQuota.Of(read));
        }
        catch (Exception e) when (IsTooLate(e))
        {
            // The backend is not there, or the session is over: the next answer tells them.
        }
    }

    // Until the turn is accepted, its refusal must end the waiting too.
    private async IAsyncEnumerable<JsonRpcNotification> Told(Task started, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var next in _peer.NotificationsUntilAsync(started, cancellationToken))
        {
            yield return next;
        }

        await started;
        await foreach (var next in _peer.NotificationsAsync(cancellationToken))
        {
            yield return next;
        }
    }

    private async Task InterruptAsync(string threadId, Task<CodexProtocol.TurnStarted> started)
    {
        using var expired = new CancellationTokenSource(InterruptGrace, TimeProvider.System);
        try
        {
            var turn = (await started.WaitAsync(expired.Token)).Turn;
            await _peer.CallQuietlyAsync(CodexMethods.InterruptTurn, new CodexProtocol.InterruptTurn(threadId, turn.Id), expired.Token);
        }
        catch (Exception e) when (IsTooLate(e))
        {
            // Too late or too slow: the process is ended next, and its connection upstream with it.
        }
    }

    private static bool IsTooLate(Exception e) => e is OperationCanceledException or JsonRpcErrorException or JsonRpcClosedException;
}
