using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Reflection;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.Benchmarks.Relay;

/// <summary>A process whose CPU time and allocations are read from outside.</summary>
internal sealed class MeasuredProcess : IAsyncDisposable
{
    private readonly string? _pipe;

    private MeasuredProcess(RunningProgram program, string? pipe) => (Program, _pipe) = (program, pipe);

    public RunningProgram Program { get; }

    /// <summary>With <see cref="StartupHook"/> in it.</summary>
    public static MeasuredProcess StartManaged(
        TemporaryFolder folder, string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var pipe = folder.File($"{name}.pipe");
        var hooked = new Dictionary<string, string>(environment ?? new Dictionary<string, string>())
        {
            ["DOTNET_STARTUP_HOOKS"] = Assembly.GetExecutingAssembly().Location,
            [StartupHook.PipeVariable] = pipe,
        };
        return new MeasuredProcess(RunningProgram.Start(command[0], command.Skip(1), hooked), pipe);
    }

    /// <summary>A native binary takes no hook: its allocations are not known.</summary>
    public static MeasuredProcess StartNative(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment) =>
        new(RunningProgram.Start(command[0], command.Skip(1), environment), null);

    public async Task<ProcessCost> CostAsync()
    {
        using var process = Process.GetProcessById(Program.Id);
        return new ProcessCost(process.TotalProcessorTime, await AllocatedAsync());
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();

    private async Task<long?> AllocatedAsync()
    {
        if (_pipe is null)
        {
            return null;
        }

        await using var pipe = new NamedPipeClientStream(".", _pipe, PipeDirection.In, PipeOptions.Asynchronous);
        await pipe.ConnectAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        using var reader = new StreamReader(pipe);
        return long.Parse(await reader.ReadToEndAsync(), CultureInfo.InvariantCulture);
    }
}

/// <summary>What a process has used since its start, or over a number of calls.</summary>
/// <param name="Allocated">Bytes; null where nobody can say.</param>
internal readonly record struct ProcessCost(TimeSpan Cpu, long? Allocated)
{
    public static ProcessCost operator -(ProcessCost left, ProcessCost right) =>
        new(left.Cpu - right.Cpu, left.Allocated - right.Allocated);
}
