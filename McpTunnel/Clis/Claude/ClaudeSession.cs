using System.Runtime.CompilerServices;
using System.Text.Json;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// One process that waits, not yet initialized, for its one question: a process takes a system prompt once only, and keeps every
/// conversation that it was given.
/// </summary>
internal sealed class ClaudeSession : ICliSession
{
    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(2);

    // Of what a killed process has still written. It is there at once; a busy machine is given its time.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    // For the set-up, which takes 50 ms, and then for each message of the history: a long history is no hang.
    private static readonly TimeSpan PrepareLimit = TimeSpan.FromSeconds(30);

    // The vendor's windows come some 10 ms behind the answer (2.1.197, 2.1.330). Longer waits nobody for them: the answer is whole.
    private static readonly TimeSpan QuotaLimit = TimeSpan.FromSeconds(2);

    // Behind a call no result ends that wait.
    private static readonly TimeSpan QuotaLimitOfCalls = TimeSpan.FromMilliseconds(500);

    private readonly CliProcess _process;
    private readonly PrivateFolder _folder;
    private readonly bool _takesModelLate;
    private readonly ClaudeLogin _login;
    private ClaudeTools _tools = ClaudeTools.None;
    private ClaudeGuard _guard = new(CallerTools.None);
    private ClaudeProtocol.ConversationLine? _question;

    // Null: with this login the vendor tells no windows.
    private CliQuota? _quota;
    private bool _hasToldQuota;

    private ClaudeSession(CliProcess process, PrivateFolder folder, bool takesModelLate, ClaudeLogin login, CliQuota? quota)
    {
        _process = process;
        _folder = folder;
        _takesModelLate = takesModelLate;
        _login = login;
        _quota = quota;
    }

    public bool IsAlive => !_process.HasExited;

    public bool CanServeAgain => false;

    /// <summary>Of a kill only: what it reaches for stands in its lines, and the guard reads them all.</summary>
    public CliFailureException? Incident { get; private set; }

    /// <param name="model">Where the version must know it at its start; else null.</param>
    /// <param name="quota">Is told what the vendor says of its windows.</param>
    /// <exception cref="CliFailureException">It cannot be started.</exception>
    public static async Task<ClaudeSession> StartAsync(
        ClaudeCli cli, ClaudeLogin login, CliEnvironment environment, string? model, CliQuota? quota = null)
    {
        var folder = PrivateFolder.Create(environment.RunRoot, "claude");
        try
        {
            var process = await CliProcess.StartAsync(ClaudeLock.Launch(cli, login, environment, folder, model));
            return new ClaudeSession(process, folder, cli.TakesModelLate, login, quota);
        }
        catch (Exception e)
        {
            folder.Dispose();
            throw ClaudeErrors.DoesNotStart(e);
        }
    }

    /// <summary>Initializes without a question: the answer tells account and models, and costs no model call.</summary>
    public async Task<JsonElement> DescribeAsync(CancellationToken cancellationToken) =>
        await SetUpAsync([ClaudeSetup.Initialize(string.Empty, ClaudeTools.None)], cancellationToken);

    /// <exception cref="CliFailureException">CLI_CRASHED: it is gone, or silent for 30 s.</exception>
    public async Task PrepareAsync(WorkItem item, CancellationToken cancellationToken)
    {
        _tools = ClaudeTools.Of(item);
        _guard = new ClaudeGuard(_tools.Names);
        var lines = ClaudeHistory.Lines(item, _tools.Names);
        _question = lines[^1];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(PrepareLimit);
        try
        {
            var description = await SetUpAsync(ClaudeSetup.Of(item, _takesModelLate, _tools), limit.Token);
            _quota = _login.KindOf(description) == LoginKind.Subscription ? _quota : null;
            foreach (var line in lines.SkipLast(1))
            {
                limit.CancelAfter(PrepareLimit);
                await WriteAsync(line, limit.Token);
                if (line.ShouldQuery == false)
                {
                    await WaitForHistoryAsync(limit.Token);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ClaudeErrors.Silent(PrepareLimit);
        }
    }

    public async IAsyncEnumerable<WorkEvent> AskAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await WriteAsync(_question ?? throw new InvalidOperationException("Not prepared."), cancellationToken);
        var turn = new ClaudeTurn(_guard);
        _hasToldQuota = false;
        while (!turn.IsOver)
        {
            var events = await AdvanceAsync(turn, await ReadAsync(cancellationToken), cancellationToken);
            if (turn is { IsOver: true, CliGoesOn: false })
            {
                await HearQuotaAsync(turn, cancellationToken);
            }

            if (turn.IsOverWithCalls)
            {
                _process.Kill();
            }

            foreach (var next in events)
            {
                yield return next;
            }
        }
    }

    public void Kill(CliFailureException reason)
    {
        Incident = reason;
        _process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    // Before the end is told: whoever calls next is to find the windows as this call has left them.
    private async Task HearQuotaAsync(ClaudeTurn turn, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(turn.IsOverWithCalls ? QuotaLimitOfCalls : QuotaLimit);
        try
        {
            while (_quota is not null && !_hasToldQuota)
            {
                turn.Check(await ReadAsync(limit.Token));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next answer tells them.
        }
        catch (CliFailureException e) when (e.Kind == FailureKind.CliCrashed)
        {
            // The answer was whole before.
        }
    }

    // Whether something ran after all may stand in the lines that were written before the kill.
    private async Task<WorkEvent[]> AdvanceAsync(ClaudeTurn turn, JsonElement line, CancellationToken cancellationToken)
    {
        try
        {
            return Advance(turn, line);
        }
        catch (CliFailureException failure) when (failure == _guard.Slip)
        {
            await HearOutAsync(turn, cancellationToken);
            throw;
        }
    }

    // A process that is killed has an end: one that has none holds something alive.
    private async Task HearOutAsync(ClaudeTurn turn, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(EndLimit);
        try
        {
            while (await HearAsync(limit.Token) is { } line)
            {
                turn.Check(line);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw CallerTools.Broken("something that outlives its end");
        }
    }

    // Null at its end. The last line may have been cut by it.
    private async Task<JsonElement?> HearAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(cancellationToken);
        }
        catch (JsonException)
        {
            return default(JsonElement);
        }
        catch (CliFailureException e) when (e.Kind == FailureKind.CliCrashed)
        {
            return null;
        }
    }

    // A failed turn, a tool call above all, and some stop reasons make the CLI ask the model again by itself: it must not get to it.
    private WorkEvent[] Advance(ClaudeTurn turn, JsonElement line)
    {
        var goesOn = true;
        try
        {
            var events = turn.Read(line);
            goesOn = turn.CliGoesOn;
            return events;
        }
        finally
        {
            if (goesOn)
            {
                _process.Kill();
            }
        }
    }

    // All at once, then all answers: the CLI takes them in their order.
    private async Task<JsonElement> SetUpAsync(IReadOnlyList<ClaudeProtocol.ControlRequest> requests, CancellationToken cancellationToken)
    {
        foreach (var request in requests)
        {
            await WriteAsync(JsonSerializer.SerializeToUtf8Bytes(request, ClaudeJson.Default.ControlRequest), cancellationToken);
        }

        var first = default(JsonElement);
        var waiting = requests.Select(request => request.RequestId).ToHashSet();
        while (waiting.Count > 0)
        {
            var line = await ReadAsync(cancellationToken);
            _guard.Check(line);
            if (line.TextOf("type") != "control_response" || line.Member("response") is not { } response
                || response.TextOf("request_id") is not { } id || !waiting.Remove(id))
            {
                continue;
            }

            if (response.TextOf("subtype") != "success")
            {
                throw ClaudeErrors.Refused(id, response.TextOf("error") ?? string.Empty);
            }

            first = id == requests[0].RequestId ? response.Member("response") ?? default : first;
        }

        return first;
    }

    // Else the CLI puts the next assistant's message before this user's (2.1.197, 2.1.330).
    private async Task WaitForHistoryAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await ReadAsync(cancellationToken);
            _guard.Check(line);
            if (line.TextOf("type") != "result")
            {
                continue;
            }

            if (line.IsTrue("is_error"))
            {
                throw ClaudeErrors.Of(line);
            }

            return;
        }
    }

    private Task WriteAsync(ClaudeProtocol.ConversationLine line, CancellationToken cancellationToken) =>
        WriteAsync(JsonBuffer.Write(line, ClaudeJson.Default.ConversationLine), cancellationToken);

    private async Task WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        try
        {
            await _process.WriteLineAsync(line, cancellationToken);
        }
        catch (IOException)
        {
            throw await CrashAsync();
        }
    }

    private async Task<JsonElement> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var line = await _process.Output.ReadAsync(cancellationToken) ?? throw await CrashAsync();
                if (line.Length > 0)
                {
                    var heard = Heard(ClaudeLines.Parse(line));
                    if (!_tools.Takes(heard, out var answer))
                    {
                        return heard;
                    }

                    if (answer is not null)
                    {
                        var told = JsonSerializer.SerializeToUtf8Bytes(answer, ClaudeJson.Default.ControlResponse);
                        await WriteAsync(told, cancellationToken);
                    }
                }
            }
            catch (IOException)
            {
                throw await CrashAsync();
            }
        }
    }

    private JsonElement Heard(JsonElement line)
    {
        var type = line.TextOf("type");
        if (type == ClaudeQuota.Event)
        {
            _quota?.Tell(ClaudeQuota.Of(line));
        }

        // Behind the result nothing comes.
        _hasToldQuota |= type is ClaudeQuota.Event or "result";
        return line;
    }

    private async Task<CliFailureException> CrashAsync()
    {
        using var limit = new CancellationTokenSource(ExitGrace);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // It closed its output but lives on: what it has said so far must do.
        }

        return ClaudeErrors.Crashed(_process.ErrorTail.LastLine);
    }
}
