using System.Globalization;
using System.IO.Pipes;
using System.Text;

/// <summary>
/// Runs inside the processes that are measured (<c>DOTNET_STARTUP_HOOKS</c>; the runtime wants this name and no namespace): whoever
/// connects to the pipe is told the bytes that the process has allocated so far. So the product needs no word of its benchmarks.
/// </summary>
internal static class StartupHook
{
    public const string PipeVariable = "POLYDEV_BENCHMARK_PIPE";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(PipeVariable) is { Length: > 0 } pipe)
        {
            new Thread(() => Answer(pipe)) { IsBackground = true, Name = nameof(StartupHook) }.Start();
        }
    }

    private static void Answer(string pipe)
    {
        using var server = new NamedPipeServerStream(pipe, PipeDirection.Out);
        while (true)
        {
            server.WaitForConnection();
            server.Write(Encoding.ASCII.GetBytes(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture)));
            server.Disconnect();
        }
    }
}
