using System.Diagnostics;
using Polydev.TestKit;

namespace Polydev.ModelProvider.Tests;

/// <summary>
/// Runs a real CLI once in its own headless mode, with a home of its own and nothing of the machine's environment but PATH.
/// </summary>
internal static class CliRun
{
    /// <returns>What the CLI printed on stdout, trimmed.</returns>
    public static async Task<string> RunAsync(
        TemporaryFolder home, string program, string[] arguments, (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = home.Folder("work"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Clear();
        info.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        info.Environment["HOME"] = home.FullName;
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().DefaultTimeout();
            Assert.That(process.ExitCode, Is.Zero, await error);
            return (await output).Trim();
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
