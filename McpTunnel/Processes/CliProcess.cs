using System.Diagnostics;
using System.Text;

namespace Polydev.McpTunnel.Processes;

/// <summary>
/// A running CLI that speaks lines of JSON on stdin and stdout. Disposing ends it and everything it started: stdin is closed,
/// then SIGTERM, then after a second SIGKILL to the whole tree; what it left running in its group is killed at once.
/// </summary>
internal sealed class CliProcess : IAsyncDisposable
{
    private static readonly TimeSpan TermGrace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(5);
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Process _process;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Task _stderr;
    private int _disposed;

    private CliProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        Output = new LineReader(process.StandardOutput.BaseStream);
        _stderr = ErrorTail.ReadAsync(process.StandardError);
    }

    public int Id { get; }

    public LineReader Output { get; }

    public StandardErrorTail ErrorTail { get; } = new();

    public bool HasExited => Volatile.Read(ref _disposed) != 0 || _process.HasExited;

    /// <summary>Once <see cref="WaitForExitAsync"/> has waited for it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program, or it cannot be run.</exception>
    public static async Task<CliProcess> StartAsync(CliLaunch launch)
    {
        var info = new ProcessStartInfo(launch.FileName)
        {
            WorkingDirectory = launch.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Utf8,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in launch.Arguments)
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment.Clear();
        foreach (var (name, value) in launch.Environment)
        {
            info.Environment[name] = value;
        }

        return new CliProcess(await ProcessSpawner.StartAsync(info));
    }

    /// <summary>Writes one line and flushes it. Safe for several writers.</summary>
    /// <exception cref="IOException">The CLI is gone.</exception>
    public async Task WriteLineAsync(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var stdin = _process.StandardInput.BaseStream;
            await stdin.WriteAsync(utf8, cancellationToken);
            await stdin.WriteAsync("\n"u8.ToArray(), cancellationToken);
            await stdin.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// Waits until the process has ended and its stderr is read; what is to be said of it then stands in <see cref="ErrorTail"/>.
    /// </summary>
    public async Task WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _stderr.WaitAsync(cancellationToken);
    }

    /// <summary>SIGKILL now, without a grace: for a CLI that must not take one step more. It is still to be disposed.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException) when (Volatile.Read(ref _disposed) != 0)
        {
            // It has been ended, and reaped, meanwhile: its number may be another's.
            return;
        }

        Signals.KillGroup(Id);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        CloseStandardInput();
        Signals.Terminate(_process);
        if (!await ExitsWithinAsync(TermGrace))
        {
            _process.Kill(entireProcessTree: true);
            await ExitsWithinAsync(KillGrace);
        }

        Signals.KillGroup(Id);
        await EndReadingAsync();

        // It leaves open what was asked of it: the pipes would stay until a collection.
        _process.StandardOutput.Dispose();
        _process.StandardError.Dispose();
        _process.Dispose();
    }

    // With the group gone nothing holds the pipe open, except where there are no groups: the limit is for those.
    private async Task EndReadingAsync()
    {
        try
        {
            await _stderr.WaitAsync(TermGrace);
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            // Only its last words are lost.
        }
    }

    private void CloseStandardInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A broken pipe: the process has gone first, which is what we want.
        }
    }

    private async Task<bool> ExitsWithinAsync(TimeSpan limit)
    {
        using var expired = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(expired.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
