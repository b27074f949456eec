using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>A program that a test started: what it printed, and its end.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _more = new(0);
    private bool _isDisposed;

    private RunningProgram(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public StreamWriter Input => _process.StandardInput;

    /// <summary>Everything on stdout and stderr so far.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Starts one of our assemblies as <c>dotnet run</c> would.</summary>
    public static RunningProgram StartAssembly(
        string project, string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Start("dotnet", [AssemblyPath(project, assembly), .. arguments], environment);

    /// <summary>Starts one of our scripts, which has the packages of <c>test/Clis</c>.</summary>
    /// <param name="script">Below this project: <c>Calls/call.mjs</c>.</param>
    /// <param name="order">Its one argument, as JSON.</param>
    /// <param name="environment">Set over the test's own environment.</param>
    public static RunningProgram StartScript(string script, object order, IReadOnlyDictionary<string, string>? environment = null) => Start(
        TestClis.Node,
        [Path.Combine(AppContext.BaseDirectory, script), JsonSerializer.Serialize(order)],
        new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["POLYDEV_TEST_CLIS"] = TestClis.Folder });

    public static string AssemblyPath(string project, string assembly)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(RepositoryFolders.Root, project, "bin", output.Parent!.Name, output.Name, $"{assembly}.dll");
    }

    /// <param name="environment">Set over the test's own environment.</param>
    public static RunningProgram Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(false),
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        var program = new RunningProgram(Process.Start(info)!);
        program._process.OutputDataReceived += (_, line) => program.OnLine(line.Data);
        program._process.ErrorDataReceived += (_, line) => program.OnLine(line.Data);
        program._process.BeginOutputReadLine();
        program._process.BeginErrorReadLine();
        return program;
    }

    /// <summary>The first line (or a later one), printed already or yet to come, that holds the text.</summary>
    public async Task<string> LineWithAsync(string text, TimeSpan? limit = null, int skip = 0)
    {
        var started = Stopwatch.GetTimestamp();
        var time = limit ?? TaskTimeouts.Default;
        while (true)
        {
            if (_lines.Where(line => line.Contains(text, StringComparison.Ordinal)).ElementAtOrDefault(skip) is { } found)
            {
                return found;
            }

            var left = time - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || (HasExited && !await _more.WaitAsync(TimeSpan.FromMilliseconds(200))))
            {
                throw new AssertionException($"No line with '{text}'. Printed so far:\n{Output}");
            }

            await _more.WaitAsync(left < TimeSpan.FromMilliseconds(200) ? left : TimeSpan.FromMilliseconds(200));
        }
    }

    /// <summary>Waits for its end; the exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan? limit = null)
    {
        using var expired = new CancellationTokenSource(limit ?? TaskTimeouts.Default);
        await _process.WaitForExitAsync(expired.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL, to this process alone.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM, as a service manager stops it.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("sh", ["-c", $"kill -TERM {Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Kills what still runs. Once more does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _more.Dispose();
    }

    private void OnLine(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
            _more.Release();
        }
    }
}
